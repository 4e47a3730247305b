import type { Reference } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';

/**
 * 1 − erf(z), from its definition in float64: absolute error below 1e-15, relative error below 2e-13, 0 for Infinity.
 * Abramowitz & Stegun, Handbook of Mathematical Functions (1964): the series 7.1.6 below 2, the continued fraction 7.1.14
 * from 2 on, where 60 terms are more than enough.
 */
export function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  const scale = Math.exp(-z * z) / Math.sqrt(Math.PI);
  if (z < 2) {
    // erf(z) = 2/√π e^(−z²) Σ 2^k z^(2k+1) / (1·3·…·(2k+1)): no term is negative, so that nothing cancels.
    let term = z;
    let sum = z;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= (2 * z * z) / (2 * k + 1);
      sum += term;
    }
    return 1 - 2 * scale * sum;
  }
  // √π e^(z²) erfc(z) = 1/(z + ½/(z + 1/(z + 1½/(z + 2/(z + …)))))
  let fraction = z;
  for (let k = 60; k > 0; k--) fraction = z + k / 2 / fraction;
  return scale / fraction;
}

/**
 * out = x · Φ(x) with the normal distribution function Φ(x) = ½ erfc(−x / √2), in float64. −Infinity gives its limit 0,
 * Infinity itself, NaN gives NaN. `scale` is |x|, so that the error is the absolute error of Φ, and not below
 * 2^-126 / 2^-22: results that are denormal may be flushed to 0.
 */
export function geluReference(x: Float32Array, { N }: ElementwiseShape): Reference {
  const values = new Float64Array(N);
  const scale = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    const v = x[i]!;
    values[i] = v === -Infinity ? 0 : 0.5 * v * erfc(-v / Math.SQRT2);
    scale[i] = Math.max(Math.abs(v), 2 ** -104);
  }
  return { values, scale };
}
