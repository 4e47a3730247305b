import { defineKernel } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import {
  atGradient,
  GRADIENT_CASES,
  type GradientInput,
  gradientInputs,
  HOSTILE_GRADIENTS,
} from '../lib/gradients.ts';
import { naive } from './naive.ts';
import { padeForward } from './pade-forward.ts';
import { padeSlope } from './pade-slope.ts';
import { parallel } from './parallel.ts';
import { BOUND, tanhBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/**
 * The gradient of tanh(x), from x. 0 at ±Infinity, NaN for NaN. No WebGPU: bound by bandwidth as `tanh` is, it would show nothing that
 * `tanh` does not.
 */
export const tanhBackward = defineKernel<GradientInput, ElementwiseShape>({
  name: 'tanh-backward',
  formula: 'dx[N] = g[N] · (1 − tanh(x[N])²)',
  learned: [
    'The slope of the Padé approximant is nearer to the slope of tanh (0.027) than 1 − t² with the approximant as t (0.044): whoever approximates forward gains by differentiating what is computed.',
  ],
  cases: GRADIENT_CASES,
  inputs: gradientInputs,
  hostile: HOSTILE_GRADIENTS,
  reference: tanhBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |g|, which makes it the absolute error of the derivative: tanh is off by up to 3.6 ULP, and 1 − t² by 2 |t| times that, with half a rounding each of the subtraction and the product with g',
  },
  // The hyperbolic tangent counts as one.
  work: ({ N }) => ({ flops: 4 * N, bytes: 12 * N }),
  where: atGradient,
  variants: [naive, padeForward, padeSlope, parallel, simd, simdThreads],
});
