import type { Reference } from '../kernel.ts';
import type { RowsShape } from '../lib/rows.ts';
import type { ResidualRmsnormInput } from './index.ts';

const EPSILON = 1e-5;
/** What a device may lose that takes numbers below 2^-126 for 0, by the bound. */
const FLUSHED = 2 ** -126 / 1e-6;

/**
 * h = x + residual rounded to float32, as the next layer gets it, then h · w / √(mean_C h² + ε) in float64. `scale` is |out| plus what
 * flushing denormals to 0 may change.
 */
export function residualRmsnormReference(
  { x, residual, w }: ResidualRmsnormInput,
  { R, C }: RowsShape,
): Reference {
  const values = new Float64Array(2 * R * C);
  const scale = new Float64Array(2 * R * C);
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let i = r * C; i < (r + 1) * C; i++) {
      const h = Math.fround(x[i]! + residual[i]!);
      values[i] = h;
      scale[i] = Math.abs(h) + 2 * FLUSHED;
      sum += h * h;
    }
    const root = Math.sqrt(sum / C + EPSILON);
    for (let c = 0; c < C; c++) {
      const value = (values[r * C + c]! * w[c]!) / root;
      values[R * C + r * C + c] = value;
      scale[R * C + r * C + c] = Math.abs(value) + FLUSHED * (1 + Math.abs(w[c]!) * (1 + 2 / root));
    }
  }
  return { values, scale };
}
