import type { Reference } from '../kernel.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/**
 * out[r, c] = (x[r, c] − mean_r) · w[c] / √(variance_r + ε) + b[c], in float64, mean first (Ba, Kiros & Hinton, "Layer
 * Normalization", 2016). `scale` is the sum of the magnitudes of what is added, the mean standing with one deviation: an error of
 * the mean moves every element by as much. Numbers below 2^-126 may be taken for 0, and 2^-20 of the mean is for rows without
 * variance, where it is all that there is.
 */
export function layernormReference({ x, w, b }: LayernormInput, { R, C }: RowsShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    const row = Float64Array.from(x.subarray(r * C, (r + 1) * C));
    const mean = row.reduce((sum, v) => sum + v, 0) / C;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / C;
    const root = Math.sqrt(variance + EPSILON);
    const least = Math.sqrt(variance) + Math.abs(mean) * 2 ** -20 + 2 ** -100;
    for (let c = 0; c < C; c++) {
      const d = row[c]! - mean;
      values[r * C + c] = (d * w[c]!) / root + b[c]!;
      scale[r * C + c] = (Math.abs(w[c]!) * (Math.abs(d) + least)) / root + Math.abs(b[c]!);
    }
  }
  return { values, scale };
}
