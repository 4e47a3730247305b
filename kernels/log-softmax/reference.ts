import type { Reference } from '../kernel.ts';
import { overflowing } from '../lib/elementwise.ts';
import type { RowsShape } from '../lib/rows.ts';

/** x − max − ln Σ e^(x − max), in float64. `scale` is the magnitude of what is added up, and 1 for the error of the sum. */
export function logSoftmaxReference(x: Float32Array, { R, C }: RowsShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    const row = Float64Array.from(x.subarray(r * C, (r + 1) * C));
    const max = row.reduce((most, v) => Math.max(most, v), -Infinity);
    const logSum = Math.log(row.reduce((sum, v) => sum + Math.exp(v - max), 0));
    for (let c = 0; c < C; c++) {
      const d = row[c]! - max;
      values[r * C + c] = overflowing(d - logSum);
      scale[r * C + c] = Math.abs(d) + logSum + 1;
    }
  }
  return { values, scale };
}
