import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { float32 } from './float32.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { rmsnormReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Rows (tokens) and columns (features). */
export type RmsnormShape = { readonly R: number; readonly C: number };

/** `x` is `[R, C]`; `w`, the learned gain of each column, is `[C]`. */
export interface RmsnormInput {
  readonly x: Float32Array;
  readonly w: Float32Array;
}

/** Gains of trained models scatter around one or a few tenths; some are negative. */
const gains = (C: number, rng: Rng): Float32Array => normals(rng, C, 0.5).map((v) => 1 + v);

/** An input whose `x` are standard normals changed by `change(v, row, column)`. */
const changed =
  (change: (v: number, row: number, column: number) => number) =>
  ({ R, C }: RmsnormShape, rng: Rng): RmsnormInput => ({
    x: normals(rng, R * C).map((v, i) => change(v, Math.floor(i / C), i % C)),
    w: gains(C, rng),
  });

export const rmsnorm = defineKernel<RmsnormInput, RmsnormShape>({
  name: 'rmsnorm',
  formula: 'out[R,C] = x[R,C] · w[C] / √(mean_C x² + 1e-5)',
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element' },
    { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
    { shape: { R: 5, C: 16 }, from: 'one tile' },
    { shape: { R: 2, C: 17 }, from: 'tile + 1, fewer rows than threads' },
    { shape: { R: 7, C: 257 }, from: 'odd, large tile + 1' },
    { shape: { R: 128, C: 576 }, from: 'SmolLM2-135M: prompt of 128 tokens' },
    { shape: { R: 1, C: 576 }, from: 'SmolLM2-135M: one token' },
    { shape: { R: 64, C: 2048 }, from: 'TinyLlama 1.1B: prompt of 64 tokens' },
    { shape: { R: 1, C: 2048 }, from: 'TinyLlama 1.1B: one token' },
  ],
  inputs: changed((v) => v),
  hostile: {
    'rows of 0': changed(() => 0),
    'values around 1e-4, where ε outweighs the mean': changed((v) => v * 1e-4),
    denormals: changed((v) => v * 1e-40),
    // From 340 columns on the sum of squares overflows float32.
    'values around 1e18': changed((v) => v * 1e18),
    'one outlier of 1e27 in a row': changed((v, row, column) => (column === row ? 1e27 : v)),
    'offset of 1e4': changed((v) => v + 1e4),
    // Every addition then rounds the same way for a whole binade of the sum.
    'all equal': changed(() => 1.1),
    'a row with a NaN': changed((v, row, column) => (row === 0 && column === 0 ? Number.NaN : v)),
  },
  reference: rmsnormReference,
  tolerance: {
    metric: 'ulp',
    bound: 40,
    why: 'a sum of 2048 squares in 32 float32 lanes, 64 additions each and 5 to join: half of 70 roundings of up to 1 ULP comes through the root; the factor, two products and their slack make the rest',
  },
  // Square and addition, then two products; the root of a row is not counted.
  work: ({ R, C }) => ({ flops: 4 * R * C, bytes: 4 * (2 * R * C + C) }),
  where: ({ x }, { C }, index) => `row ${Math.floor(index / C)}, column ${index % C}, x = ${x[index]}`,
  variants: [naive, blocked, float32, parallel, simd, simdThreads, webgpu, ...peers],
});
