import { defineKernel } from '../kernel.ts';
import {
  activations,
  atX,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { blocked } from './blocked.ts';
import { ULP } from './constants.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { siluReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Swish: 0 at −Infinity (the limit), Infinity at Infinity, NaN for NaN. */
export const silu = defineKernel<Float32Array, ElementwiseShape>({
  name: 'silu',
  formula: 'out[N] = x[N] / (1 + exp(−x[N]))',
  ledger: ['S2-11'],
  learned: [
    'Math.exp is most of the time: a polynomial in its place gives 1.6 in plain JavaScript, and SIMD ten more.',
    'The sign of x is in the coefficients, and the sum with 1 is the last step of the polynomial: two instructions of 18 less took 12 % of the time away at N=3072 and 8 % at N=393216 (zoo gate silu/simd --suite limits, 11 and 14 pairs).',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: {
    ...HOSTILE_ACTIVATIONS,
    'where the result becomes denormal': ({ N }, rng) =>
      Float32Array.from({ length: N }, () => -(80 + 30 * rng.uniform())),
  },
  reference: siluReference,
  tolerance: {
    metric: 'scaled',
    bound: ULP,
    why: 'in ULP: half a one for rounding a float64 result; in float32 0.7 for the exponential, half a one for the sum and for the division, twice where the result lies above a power of two and the sum below. Results below 2^-118 (x < −87) may be 0',
  },
  // Exponential (counted as one), sum and division.
  work: ({ N }) => ({ flops: 3 * N, bytes: 8 * N }),
  where: atX,
  variants: [naive, blocked, parallel, simd, simdThreads, webgpu, ...peers],
});
