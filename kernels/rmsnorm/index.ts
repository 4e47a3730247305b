import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { atRow, changedNormals, EDGE_ROWS, gains, type RowsShape } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { chunked } from './chunked.ts';
import { float32 } from './float32.ts';
import { naive } from './naive.ts';
import { pairwise } from './pairwise.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { rmsnormReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

export type RmsnormShape = RowsShape;

/** `x` is `[R, C]`; `w`, the learned gain of each column, is `[C]`. */
export interface RmsnormInput {
  readonly x: Float32Array;
  readonly w: Float32Array;
}

/** An input whose `x` are standard normals changed by `change(v, row, column)`. */
const changed =
  (change: (v: number, row: number, column: number) => number) =>
  (shape: RmsnormShape, rng: Rng): RmsnormInput => ({
    x: changedNormals(shape, rng, change),
    w: gains(shape.C, rng),
  });

export const rmsnorm = defineKernel<RmsnormInput, RmsnormShape>({
  name: 'rmsnorm',
  formula: 'out[R,C] = x[R,C] · w[C] / √(mean_C x² + 1e-5)',
  ledger: ['S2-22', 'S0-14', 'S0-17'],
  learned: [
    'One float32 accumulator in JavaScript loses accuracy and time at once: 2.6 times as long as four of float64. The copy and the array of squares that array code makes take eight times as long as the loop without them.',
  ],
  cases: [
    ...EDGE_ROWS,
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
  where: ({ x }, { C }, index) => atRow(x, C, index),
  variants: [naive, chunked, float32, pairwise, blocked, parallel, simd, simdThreads, webgpu, ...peers],
});
