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
import { parallel } from './parallel.ts';
import { BOUND, geluBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { tanh } from './tanh.ts';

/**
 * The gradient of the exact GELU, x · Φ(x), from x. φ is the density e^(−x²/2) / √(2π). At −Infinity the derivative is 0 and at
 * Infinity 1, its limits; NaN for NaN. No WebGPU: bound by bandwidth as `gelu` is, it would show nothing that `gelu` does not.
 */
export const geluBackward = defineKernel<GradientInput, ElementwiseShape>({
  name: 'gelu-backward',
  formula: 'dx[N] = g[N] · (Φ(x[N]) + x φ(x)), Φ(x) = ½ erfc(−x / √2)',
  learned: [
    'The slope of the form with tanh is 1.4 times as fast as that of the exact GELU, in JavaScript; with a rational function for Φ in SIMD the exact one is 18 times as fast as that.',
  ],
  cases: GRADIENT_CASES,
  inputs: gradientInputs,
  hostile: HOSTILE_GRADIENTS,
  reference: geluBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |g|, which makes it the absolute error of the derivative (at most 1.13): 3 · 2^-24 for Φ as in `gelu`, 1 for x φ(x) ≤ 0.25 with an exponential, and 1 for the sum and the product with g',
  },
  // Φ and φ count as one each.
  work: ({ N }) => ({ flops: 5 * N, bytes: 12 * N }),
  where: atGradient,
  variants: [naive, tanh, parallel, simd, simdThreads],
});
