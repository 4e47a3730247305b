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
import { BOUND, siluBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/**
 * The gradient of x · σ(x), from x: the forward pass keeps nothing more. At −Infinity the derivative is 0 and at Infinity 1, its limits;
 * NaN for NaN. No WebGPU: between two buffers of a GPU it is bound by bandwidth as `silu` is, and shows nothing that `silu` does not.
 */
export const siluBackward = defineKernel<GradientInput, ElementwiseShape>({
  name: 'silu-backward',
  formula: 'dx[N] = g[N] · σ(x[N]) (1 + x (1 − σ(x))), σ(x) = 1 / (1 + e^(−x))',
  ledger: ['S2-12'],
  learned: [
    'Eleven times the speed of Math.exp by SIMD, and twice that by two threads: at 98,304 elements a sigmoid an element is work enough to share.',
  ],
  cases: GRADIENT_CASES,
  inputs: gradientInputs,
  hostile: HOSTILE_GRADIENTS,
  reference: siluBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |g|, which makes it the absolute error of the derivative (at most 1.1): 4 · 2^-24 for the exponential, a division, three products and a sum in float32, and the product with g',
  },
  // The logistic function counts as one.
  work: ({ N }) => ({ flops: 6 * N, bytes: 12 * N }),
  where: atGradient,
  variants: [naive, parallel, simd, simdThreads],
});
