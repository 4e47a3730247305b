import type { Reference } from '../kernel.ts';
import type { QkvInput, QkvShape } from './index.ts';

/**
 * Each element of the row of each token in float64. `scale` is √C · Σ_c |w · x|, by which rounding errors of a sum grow, plus what is
 * lost where denormal factors and products count as 0 (which WGSL allows): 2^-126 for each product, |w| and |x|.
 * @param tolerance bound of the check, which the underflow must not be scaled by
 */
export function qkvReference(
  { x, wq, wk, wv }: QkvInput,
  { T, C, Q, G }: QkvShape,
  tolerance: number,
): Reference {
  const values = new Float64Array(T * (Q + 2 * G));
  const scale = new Float64Array(values.length);
  let i = 0;
  for (let t = 0; t < T; t++) {
    for (const [w, rows] of [[wq, Q] as const, [wk, G] as const, [wv, G] as const]) {
      for (let r = 0; r < rows; r++, i++) {
        let sum = 0;
        let magnitude = 0;
        let factors = 0;
        for (let c = 0; c < C; c++) {
          const [a, b] = [w[r * C + c]!, x[t * C + c]!];
          sum += a * b;
          magnitude += Math.abs(a * b);
          factors += Math.abs(a) + Math.abs(b);
        }
        values[i] = sum;
        scale[i] = Math.sqrt(C) * magnitude + (2 ** -126 * (C + factors)) / tolerance;
      }
    }
  }
  return { values, scale };
}
