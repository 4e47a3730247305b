import type { Reference } from '../kernel.ts';
import { type GradientInput, gradientReference } from '../lib/gradients.ts';

/** Of the kernel's tolerance. */
export const BOUND = 2 ** -22;

/** g · d/dx x / (1 + e^(−x)) by the rule for quotients: ((1 + e^(−x)) + x e^(−x)) / (1 + e^(−x))², in float64. */
export function siluBackwardReference(input: GradientInput): Reference {
  const derivative = (v: number): number => {
    // Beyond ±300 it is 0 or 1 to 100 digits, and the square overflows.
    if (Math.abs(v) > 300) return v < 0 ? 0 : 1;
    const e = Math.exp(-v);
    return (1 + e + v * e) / (1 + e) ** 2;
  };
  return gradientReference(input, derivative, BOUND);
}
