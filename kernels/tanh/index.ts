import { defineKernel } from '../kernel.ts';
import {
  activations,
  atX,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { pade } from './pade.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { tanhReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** ±1 at ±Infinity, NaN for NaN. */
export const tanh = defineKernel<Float32Array, ElementwiseShape>({
  name: 'tanh',
  formula: 'out[N] = tanh(x[N])',
  learned: [
    'Accuracy may be free: the rational function within 4 ULP is 2.6 times as fast as the Padé approximant with two digits, and 7.4 times as Math.tanh.',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: HOSTILE_ACTIVATIONS,
  reference: tanhReference,
  tolerance: {
    metric: 'ulp',
    bound: 4,
    why: 'half a ULP for rounding a float64 result; a rational function in float32 has eight roundings: 3.1 measured over every float32 in [2^-13, 9.2], 3.6 without fused multiply-add',
  },
  // The hyperbolic tangent counts as one.
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  where: atX,
  variants: [naive, pade, blocked, parallel, simd, simdThreads, webgpu, ...peers],
});
