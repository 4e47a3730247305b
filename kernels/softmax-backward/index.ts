import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { jacobian } from './jacobian.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { BOUND, softmaxBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Rows and columns. */
export type SoftmaxBackwardShape = { readonly R: number; readonly C: number };

/** `y` is what the softmax gave, `g` the gradient with respect to it: both `[R, C]`. */
export interface SoftmaxBackwardInput {
  readonly y: Float32Array;
  readonly g: Float32Array;
}

/** Rows of probabilities, from normals of that deviation; and gradients changed by `change(v, row, column)`. */
const input =
  (deviation: number, change: (v: number, row: number, column: number) => number = (v) => v) =>
  ({ R, C }: SoftmaxBackwardShape, rng: Rng): SoftmaxBackwardInput => {
    const y = normals(rng, R * C, deviation).map((v) => Math.exp(Math.min(v, 80)));
    for (let start = 0; start < y.length; start += C) {
      const row = y.subarray(start, start + C);
      const sum = row.reduce((total, v) => total + v, 0);
      row.set(row.map((v) => v / sum));
    }
    return { y, g: normals(rng, R * C).map((v, i) => change(v, Math.floor(i / C), i % C)) };
  };

/** The gradient of softmax, from its result: the Jacobian diag(y) − y yᵀ times g, without the Jacobian. */
export const softmaxBackward = defineKernel<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'softmax-backward',
  formula: 'dx[R,C] = y[R,C] · (g[R,C] − Σ_C g · y)',
  ledger: ['S2-49'],
  learned: ['The Jacobian that need not be built costs 220 times the closed form, at rows of 128.'],
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element, whose gradient is 0' },
    { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
    { shape: { R: 5, C: 16 }, from: 'one tile' },
    { shape: { R: 2, C: 17 }, from: 'tile + 1, fewer rows than threads' },
    { shape: { R: 7, C: 1025 }, from: 'odd, one more than a sum of the SIMD variant' },
    { shape: { R: 1536, C: 128 }, from: 'GPT-2 124M: attention scores, 12 heads × 128 queries, 128 keys' },
    { shape: { R: 4, C: 32000 }, from: 'TinyLlama 1.1B: logits of four tokens' },
  ],
  inputs: input(3),
  hostile: {
    'one column has it all': input(40),
    'all equal, gradients of one size': input(0, () => 1),
    'gradients of 1e18': input(3, (v) => v * 1e18),
    'denormal gradients': input(3, (v) => v * 1e-40),
    'a row with a NaN': input(3, (v, row, column) => (row === 0 && column === 0 ? Number.NaN : v)),
  },
  reference: softmaxBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to y (|g| + Σ|g y|), since both differences may cancel: 3 roundings, and a sum of 1024 products in 16 float32 lanes, 64 additions each, of which rounding errors add up to some 5 · 2^-24 (5.01e-7 found in 600 rows of 1000)',
  },
  // Product and addition, then subtraction and product.
  work: ({ R, C }) => ({ flops: 4 * R * C, bytes: 12 * R * C }),
  where: ({ y, g }, { C }, i) => `row ${Math.floor(i / C)}, column ${i % C}, y = ${y[i]}, g = ${g[i]}`,
  variants: [naive, jacobian, parallel, simd, simdThreads, webgpu],
});
