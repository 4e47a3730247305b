import { erfc } from '../gelu/reference.ts';
import type { Reference } from '../kernel.ts';
import { type GradientInput, gradientReference } from '../lib/gradients.ts';

/** Of the kernel's tolerance. */
export const BOUND = 5 * 2 ** -24;

/** g · (Φ(x) + x φ(x)) in float64, with the erfc of the reference of `gelu`. */
export function geluBackwardReference(input: GradientInput): Reference {
  const derivative = (v: number): number => {
    // Beyond ±40 it is 0 or 1 to 300 digits.
    if (Math.abs(v) > 40) return v < 0 ? 0 : 1;
    return 0.5 * erfc(-v / Math.SQRT2) + (v * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI);
  };
  return gradientReference(input, derivative, BOUND);
}
