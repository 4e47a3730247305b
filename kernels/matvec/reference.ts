import type { Reference } from '../kernel.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

/**
 * y[r] = Σ_c w[r, c] · x[c] in float64. `scale` is √C · Σ_c |w · x|, by which rounding errors of a sum grow, plus what is lost where
 * denormal factors and products count as 0 (which WGSL allows): 2^-126 for each product, |w| and |x|.
 * @param tolerance bound of the check, which the underflow must not be scaled by
 */
export function matvecReference({ w, x }: MatvecInput, { R, C }: MatvecShape, tolerance: number): Reference {
  const values = new Float64Array(R);
  const scale = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    let sum = 0;
    let magnitude = 0;
    let factors = 0;
    for (let c = 0; c < C; c++) {
      const product = w[r * C + c]! * x[c]!;
      sum += product;
      magnitude += Math.abs(product);
      factors += Math.abs(w[r * C + c]!) + Math.abs(x[c]!);
    }
    values[r] = sum;
    scale[r] = Math.sqrt(C) * magnitude + (2 ** -126 * (C + factors)) / tolerance;
  }
  return { values, scale };
}
