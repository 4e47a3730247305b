import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientJs } from '../lib/gradients.ts';

const A = Math.sqrt(2 / Math.PI);
const B = 0.044715;

/**
 * The derivative of ½ x (1 + tanh(u)), u = √(2/π) (x + 0.044715 x³): ½ (1 + t) + ½ x (1 − t²) u′. Right for a model that was trained
 * with that form of GELU (GPT-2); for the exact one it is off by as much as the two forms differ in slope.
 */
export function geluBackwardTanh(
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    // Beyond ±15 t is ±1, and x³ could be ∞.
    const v = Math.max(-15, Math.min(15, x[i]!));
    const t = Math.tanh(A * (v + B * v * v * v));
    dx[i] = g[i]! * (0.5 * (1 + t) + 0.5 * v * (1 - t * t) * A * (1 + 3 * B * v * v));
  }
}

export const tanh = defineVariant<GradientInput, ElementwiseShape>({
  name: 'tanh',
  backend: 'js',
  idea: "the derivative of GPT-2's form of GELU with tanh: a different function, with a slope of its own",
  approximation: true,
  tolerance: {
    metric: 'scaled',
    bound: 8.7e-4,
    why: 'an approximation by design: the slope of the form with tanh is off by at most 8.685e-4, at |x| = 2.019',
  },
  prepare: (input) => gradientJs(geluBackwardTanh, input),
});
