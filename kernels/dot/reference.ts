import type { Reference } from '../kernel.ts';
import type { DotInput } from './index.ts';

/**
 * Σ a · b in float64. `scale` is √N · Σ|a · b|, by which rounding errors of a sum grow, plus what is lost where denormal factors and
 * products count as 0 (which WGSL allows): 2^-126 for each product, |a| and |b|.
 * @param tolerance bound of the check, which the underflow must not be scaled by
 */
export function dotReference({ a, b }: DotInput, tolerance: number): Reference {
  let sum = 0;
  let magnitude = 0;
  let factors = 0;
  for (let i = 0; i < a.length; i++) {
    const product = a[i]! * b[i]!;
    sum += product;
    magnitude += Math.abs(product);
    factors += Math.abs(a[i]!) + Math.abs(b[i]!);
  }
  const scale = Math.sqrt(a.length) * magnitude + (2 ** -126 * (a.length + factors)) / tolerance;
  return { values: Float64Array.of(sum), scale: Float64Array.of(scale) };
}
