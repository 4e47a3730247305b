import { defineKernel } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { GRADIENT_CASES } from '../lib/gradients.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { roundHalf } from './half.ts';
import { naive } from './naive.ts';
import { BOUND, lossScaleReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { unchecked } from './unchecked.ts';

/** Weights and their gradients `[N]`: gradients of `scale` times the loss, computed in half precision and widened. */
export interface LossScaleInput {
  readonly w: Float32Array;
  readonly g: Float32Array;
  /** A power of two. */
  readonly scale: number;
}

/** Gradients of the given deviation, scaled and rounded to half precision, where 65520 and more become Infinity. */
const scaled =
  (deviation: number, scale: number, change: (v: number, i: number, N: number) => number = (v) => v) =>
  ({ N }: ElementwiseShape, rng: Rng): LossScaleInput => ({
    w: normals(rng, N, 0.02),
    g: normals(rng, N, deviation * scale).map((v, i) => change(roundHalf(v), i, N)),
    scale,
  });

/**
 * The step of mixed-precision training (Micikevicius et al., "Mixed Precision Training", 2018): the loss was scaled so that small
 * gradients do not become 0 in half precision; the step divides by the scale, and is left out as a whole where any gradient is ±Infinity
 * or NaN. What scale to take, fixed or dynamic, is `nextScale` of half.ts. No workers: what threads give, `simd-threads` shows. No
 * WebGPU: whether to step depends on a reduction over all, which is a dispatch before.
 */
export const lossScale = defineKernel<LossScaleInput, ElementwiseShape>({
  name: 'loss-scale',
  formula: 'out[N] = w[N] − 0.01 g[N] / scale where all g are finite, else w',
  ledger: ['S3-5'],
  learned: [
    'The test for finite gradients is free where it is a sum of 0 · g: `blocked` with it is 2.8 times as fast as the loop without, and 45 times as every(Number.isFinite) over an array of its own.',
  ],
  cases: GRADIENT_CASES,
  inputs: scaled(0.01, 1024),
  hostile: {
    'an Infinity at the end': scaled(0.01, 1024, (v, i, N) => (i === N - 1 ? Number.POSITIVE_INFINITY : v)),
    'a −Infinity at the start': scaled(0.01, 1024, (v, i) => (i === 0 ? Number.NEGATIVE_INFINITY : v)),
    'a NaN': scaled(0.01, 1024, (v, i, N) => (i === N >> 1 ? Number.NaN : v)),
    'Infinity and −Infinity, whose sum is NaN': scaled(0.01, 1024, (v, i) =>
      i < 2 ? (i === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : v,
    ),
    'finite, and a sum that is not': scaled(0.01, 1024, () => 3e38),
    zeros: scaled(0, 1024),
  },
  reference: lossScaleReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |w| + 0.01 |g| / scale: 0.01 / scale rounds to float32, the product and the difference do',
  },
  // A test that counts as one, then product and difference.
  work: ({ N }) => ({ flops: 3 * N, bytes: 12 * N }),
  where: ({ w, g }, _, i) => `w = ${w[i]}, g = ${g[i]}`,
  variants: [naive, unchecked, blocked, simd, simdThreads],
});
