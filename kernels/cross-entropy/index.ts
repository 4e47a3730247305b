import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { logOfSoftmax } from './log-of-softmax.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { BOUND, crossEntropyReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/** Rows (tokens) and columns (the vocabulary). */
export type CrossEntropyShape = { readonly R: number; readonly C: number };

export interface CrossEntropyInput {
  /** Logits, `[R, C]`. */
  readonly x: Float32Array;
  /** The right column of each row, `[R]`. */
  readonly target: Int32Array;
}

/** Logits changed by `change(v, row, column)`. */
const input =
  (deviation: number, change: (v: number, row: number, column: number) => number = (v) => v) =>
  ({ R, C }: CrossEntropyShape, rng: Rng): CrossEntropyInput => ({
    x: normals(rng, R * C, deviation).map((v, i) => change(v, Math.floor(i / C), i % C)),
    target: Int32Array.from({ length: R }, () => rng.integer(C)),
  });

/**
 * The loss of each row and the gradient of their mean with respect to the logits. Output: R losses, then `[R, C]` gradients. A NaN in a
 * row makes the row NaN. No WebGPU: it is `webgpu` of softmax with one element a row changed.
 */
export const crossEntropy = defineKernel<CrossEntropyInput, CrossEntropyShape>({
  name: 'cross-entropy',
  formula:
    'out[R + R·C]: loss[R] = log Σ_C e^x − x[target], dx[R,C] = (softmax(x[R,C]) − (C = target[R])) / R',
  ledger: ['S2-47'],
  learned: [
    'Loss and gradient in three passes over a row are twice as fast as functions one after the other, with nothing allocated; SIMD is 17 times as fast again. The form that makes large losses infinite gains nothing over `blocked`.',
  ],
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element: no loss' },
    { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
    { shape: { R: 5, C: 16 }, from: 'one tile' },
    { shape: { R: 2, C: 17 }, from: 'tile + 1, fewer rows than threads' },
    { shape: { R: 7, C: 1025 }, from: 'odd, one more than a sum of the SIMD variant' },
    { shape: { R: 128, C: 256 }, from: 'a model of bytes: 128 tokens' },
    { shape: { R: 4, C: 49152 }, from: 'SmolLM2-135M: four tokens' },
  ],
  inputs: input(3),
  hostile: {
    'large logits': input(1e4),
    'all equal': input(0, () => -7.25),
    'a vocabulary masked with −Infinity': input(3, (v, _row, column) =>
      column % 2 === 1 ? Number.NEGATIVE_INFINITY : v,
    ),
    denormals: input(1e-40),
    'a row with a NaN': input(3, (v, row, column) => (row === 1 && column === 0 ? Number.NaN : v)),
  },
  reference: crossEntropyReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'gradients as in `softmax`: relative to (p (1 + |x − max| / 8) + 1 at the target) / R; losses relative to 1 + the loss, for the rounding of x − max, the logarithm and the sum',
  },
  // As softmax, and a subtraction.
  work: ({ R, C }) => ({ flops: 5 * R * C, bytes: 8 * R * C + 8 * R }),
  where: (_, { R, C }, i) =>
    i < R ? `loss of row ${i}` : `gradient, row ${Math.floor((i - R) / C)}, column ${(i - R) % C}`,
  variants: [naive, logOfSoftmax, blocked, parallel, simd, simdThreads],
});
