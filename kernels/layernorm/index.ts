import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { atRow, changedNormals, EDGE_ROWS, gains, type RowsShape } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { layernormReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { simdSums } from './simd-sums.ts';
import { simdTwoPass } from './simd-two-pass.ts';
import { sums } from './sums.ts';
import { webgpu } from './webgpu.ts';
import { welford } from './welford.ts';

/** `x` is `[R, C]`; `w` and `b`, the learned gain and offset of each column, are `[C]`. */
export interface LayernormInput {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly b: Float32Array;
}

/** An input whose `x` are standard normals changed by `change(v, row, column)`. */
const changed =
  (change: (v: number, row: number, column: number) => number) =>
  (shape: RowsShape, rng: Rng): LayernormInput => ({
    x: changedNormals(shape, rng, change),
    w: gains(shape.C, rng),
    b: normals(rng, shape.C, 0.1),
  });

/**
 * A row with a NaN or an Infinity is NaN. The variance is that of the row itself: divided by C, not by C − 1. RMSNorm of rows whose mean is
 * 0; it has 4 operations an element where this has 8 and reads one vector of weights less (layernorm.test.ts).
 */
export const layernorm = defineKernel<LayernormInput, RowsShape>({
  name: 'layernorm',
  formula: 'out[R,C] = (x[R,C] − mean_C x) · w[C] / √(mean_C (x − mean_C x)² + 1e-5) + b[C]',
  ledger: ['S4-27', 'S2-23'],
  learned: [
    "The one-pass form that cancels is 4 % faster than the one-pass form that cannot: accuracy costs the mean of the first 16 elements. Welford's recurrence, which is safe as well, takes 3.7 times as long as `blocked`, for a division an element.",
  ],
  cases: [
    ...EDGE_ROWS,
    { shape: { R: 128, C: 768 }, from: 'GPT-2 124M: prompt of 128 tokens' },
    { shape: { R: 1, C: 768 }, from: 'GPT-2 124M: one token' },
    { shape: { R: 64, C: 1600 }, from: 'GPT-2 XL: prompt of 64 tokens' },
  ],
  inputs: changed((v) => v),
  hostile: {
    'rows of 0': changed(() => 0),
    'all equal': changed(() => 1.1),
    'offset of 1e4': changed((v) => v + 1e4),
    'offset of 1e6': changed((v) => v + 1e6),
    'the first element 1e4, the others near 0': changed((v, _, column) => (column === 0 ? 1e4 : v)),
    'values around 1e-4, where ε outweighs the variance': changed((v) => v * 1e-4),
    denormals: changed((v) => v * 1e-40),
    // From 340 columns on the sum of squares overflows float32.
    'values around 1e18': changed((v) => v * 1e18),
    'a row with a NaN': changed((v, row, column) => (row === 0 && column === 0 ? Number.NaN : v)),
  },
  reference: layernormReference,
  tolerance: {
    metric: 'scaled',
    bound: 1e-6,
    why: 'relative to |w| (|x − mean| + σ) / √(σ² + ε) + |b|: a sum of 100 additions a lane whose roundings of 2^-24 mostly cancel, five times as much where what they are taken about stands two deviations from the mean, halved by the root, and five roundings in the result (5.6e-7 found)',
  },
  // Sum; difference, square and sum; difference, two products and the offset. The root of a row is not counted.
  work: ({ R, C }) => ({ flops: 8 * R * C, bytes: 4 * (2 * R * C + 2 * C) }),
  where: ({ x }, { C }, index) => atRow(x, C, index),
  variants: [
    naive,
    sums,
    welford,
    blocked,
    parallel,
    simdSums,
    simdTwoPass,
    simd,
    simdThreads,
    webgpu,
    ...peers,
  ],
});
