import type { Reference } from '../kernel.ts';
import { type GradientInput, gradientReference } from '../lib/gradients.ts';

/** Of the kernel's tolerance. */
export const BOUND = 2 ** -21;

/** g / cosh(x)² in float64: nothing cancels. */
export function tanhBackwardReference(input: GradientInput): Reference {
  return gradientReference(input, (v) => 1 / Math.cosh(v) ** 2, BOUND);
}
