import { defineKernel } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { GRADIENT_CASES } from '../lib/gradients.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { byValue } from './by-value.ts';
import { float32 } from './float32.ts';
import { naive } from './naive.ts';
import { BOUND, clipReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

const changed =
  (change: (v: number, index: number) => number) =>
  ({ N }: ElementwiseShape, rng: Rng): Float32Array =>
    normals(rng, N).map(change);

/**
 * Clipping of gradients by their norm to at most 1 (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013): the
 * direction stays. Right for every finite gradient; an Infinity becomes NaN and all beside it 0, a NaN makes all NaN, as the formula has
 * it. No workers: what threads give, `simd-threads` shows. No WebGPU: a norm over the whole is a reduction in several dispatches.
 */
export const clip = defineKernel<Float32Array, ElementwiseShape>({
  name: 'clip',
  formula: 'out[N] = g[N] · min(1, 1 / √(Σ_N g²))',
  learned: [
    'Float32 for the sum of squares overflows, and in JavaScript takes 2.5 times as long as float64. Cutting each element, which changes the direction, is slower than the norm too.',
  ],
  cases: GRADIENT_CASES,
  inputs: changed((v) => v),
  hostile: {
    zeros: changed(() => 0),
    'a norm below 1': ({ N }, rng) => normals(rng, N, 0.5 / Math.sqrt(N)),
    'values around 1e30': changed((v) => v * 1e30),
    'values around 1e-30': changed((v) => v * 1e-30),
    'one outlier of 1e6': changed((v, i) => (i === 0 ? 1e6 : v)),
    'one Infinity': changed((v, i) => (i === 0 ? Number.POSITIVE_INFINITY : v)),
    'one NaN': changed((v, i) => (i === 0 ? Number.NaN : v)),
  },
  reference: clipReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to the result: the factor rounds to float32 once, and the product',
  },
  // Square and sum, then a product.
  work: ({ N }) => ({ flops: 3 * N, bytes: 8 * N }),
  where: (g, _, index) => `g = ${g[index]}`,
  variants: [naive, float32, byValue, blocked, simd, simdThreads],
});
