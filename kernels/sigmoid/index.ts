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
import { float32 } from './float32.ts';
import { masked } from './masked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { sigmoidReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { tanh } from './tanh.ts';
import { webgpu } from './webgpu.ts';

/** The logistic function: 0 at −Infinity, 1 at Infinity, NaN for NaN. */
export const sigmoid = defineKernel<Float32Array, ElementwiseShape>({
  name: 'sigmoid',
  formula: 'out[N] = 1 / (1 + exp(−x[N]))',
  learned: [
    "What array code does for safety does not carry over: two masked branches take 16 times as long as the formula as written, and a library's tanh 1.9 times.",
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: {
    ...HOSTILE_ACTIVATIONS,
    'where the result becomes denormal': ({ N }, rng) =>
      Float32Array.from({ length: N }, () => -(80 + 30 * rng.uniform())),
  },
  reference: sigmoidReference,
  tolerance: {
    metric: 'scaled',
    bound: ULP,
    why: 'in ULP: half a one for rounding a float64 result; in float32 0.7 for the exponential, half a one for the sum and for the division, twice where the result lies above a power of two and the sum below. Results below 2^-125 may be 0',
  },
  // Exponential (counted as one), sum and division.
  work: ({ N }) => ({ flops: 3 * N, bytes: 8 * N }),
  where: atX,
  variants: [naive, float32, masked, tanh, blocked, parallel, simd, simdThreads, webgpu],
});
