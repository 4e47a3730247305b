/**
 * Matrix times vector: a layer of a model for one token. Each weight is used once, so that the bandwidth of the memory which
 * holds them is the limit, from the last-level cache on.
 */
import { defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { columns } from './columns.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { matvecReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { unrolled } from './unrolled.ts';
import { webgpu } from './webgpu.ts';

/** Rows of w (elements of y) and columns of w (elements of x). */
export type MatvecShape = { readonly R: number; readonly C: number };

/** Float32: w row-major without gaps, R × C, as a model stores a layer with C inputs and R outputs. */
export interface MatvecInput {
  readonly w: Float32Array;
  readonly x: Float32Array;
}

function plain({ R, C }: MatvecShape, rng: Rng): MatvecInput {
  return { w: uniforms(rng, R * C, -1, 1), x: uniforms(rng, C, -1, 1) };
}

const BOUND = 1.2e-7;

export const matvec = defineKernel<MatvecInput, MatvecShape>({
  name: 'matvec',
  formula: 'y[R] = Σ_C w[R,C] · x[C]',
  ledger: ['S1-19'],
  learned: [
    'Four chains of additions in place of one are worth 1.3 in JavaScript, and lanes 11 on top of that.',
    'Weights stored transposed, as a matmul of one row wants them, take 6 % longer than rows that are read where they lie (576 × 576, in cache).',
  ],
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element' },
    { shape: { R: 2, C: 3 }, from: 'fewer rows than threads' },
    { shape: { R: 7, C: 15 }, from: 'rows 2 · 4 − 1, columns 2 · 8 − 1' },
    { shape: { R: 4, C: 8 }, from: 'one tile' },
    { shape: { R: 13, C: 17 }, from: 'rows 3 · 4 + 1, columns 2 · 8 + 1' },
    { shape: { R: 61, C: 1001 }, from: 'odd in both extents' },
    { shape: { R: 1, C: 5632 }, from: 'a single row' },
    { shape: { R: 576, C: 576 }, from: 'SmolLM2-135M: attention output projection, one token' },
    { shape: { R: 1536, C: 576 }, from: 'SmolLM2-135M: MLP up, one token, 3.5 MB', slow: true },
    { shape: { R: 3072, C: 768 }, from: 'GPT-2 124M: MLP up, one token, 9.4 MB', slow: true },
    { shape: { R: 5632, C: 2048 }, from: 'TinyLlama 1.1B: MLP up, one token, 46 MB', slow: true },
  ],
  inputs: plain,
  hostile: {
    'cancellation of large sums': (shape, rng) => {
      const { w, x } = plain(shape, rng);
      const half = shape.C >> 1;
      for (let c = 0; c < half; c++) x[c + half] = x[c]! * (1 + 1e-4 * rng.uniform());
      for (let r = 0; r < shape.R; r++) {
        for (let c = 0; c < half; c++) w[r * shape.C + c + half] = -w[r * shape.C + c]!;
      }
      return { w, x };
    },
    'magnitudes from 1e-12 to 1e12 in a row': (shape, rng) => {
      const { w, x } = plain(shape, rng);
      return { w: w.map((v) => v * 10 ** (24 * rng.uniform() - 12)), x };
    },
    'a NaN in the last row, an Infinity in the first, a zero against it in x': (shape, rng) => {
      const { w, x } = plain(shape, rng);
      w[(shape.R - 1) * shape.C + (shape.C >> 1)] = Number.NaN;
      w[shape.C - 1] = Number.POSITIVE_INFINITY;
      if (shape.R % 2 === 0) x[shape.C - 1] = 0;
      return { w, x };
    },
    denormals: (shape, rng) => {
      const { w, x } = plain(shape, rng);
      return { w: w.map((v) => v * 1e-40), x };
    },
  },
  reference: (input, shape) => matvecReference(input, shape, BOUND),
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'two roundings (2 · 2^-24) relative to √C · Σ|w · x|: rounding errors of a sum in any order grow like a random walk (Higham & Mary 2019); denormals may count as 0',
  },
  work: ({ R, C }) => ({ flops: 2 * R * C, bytes: 4 * (R * C + C + R) }),
  where: (_, _shape, index) => `row ${index}`,
  variants: [naive, unrolled, columns, parallel, simd, simdThreads, webgpu],
});
