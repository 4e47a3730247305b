import type { Reference } from '../kernel.ts';
import type { SoftmaxShape } from './index.ts';

/**
 * out[r, c] = e^(x[r, c] − max_r) / Σ_c e^(x[r, c] − max_r), in float64. A row of only −Infinity, or with a NaN, is NaN.
 * `scale` is the relative error that rounding alone causes, as a magnitude: x − max is rounded to float32, so the error
 * of e^(x − max) grows with |x − max|; results below the smallest normal float32 may be flushed to 0.
 */
export function softmaxReference(x: Float32Array, { R, C }: SoftmaxShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) max = Math.max(max, x[r * C + c]!);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(x[r * C + c]! - max);
    for (let c = 0; c < C; c++) {
      const d = x[r * C + c]! - max;
      const value = Math.exp(d) / sum;
      values[r * C + c] = value;
      scale[r * C + c] = value * (1 + (Number.isFinite(d) ? Math.abs(d) / 8 : 0)) + 2 ** -126 / 2e-6;
    }
  }
  return { values, scale };
}
