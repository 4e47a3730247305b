import type { Reference } from '../kernel.ts';
import { EPSILON, GPU_BOUND } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/** The smallest normal float32: a GPU may take what is below it for 0, in what it reads and in what it writes. */
const FLUSHED = 2 ** -126;

/**
 * out[r, c] = x[r, c] · w[c] / √(mean_c x[r, c]² + ε), in float64 (Zhang & Sennrich, "Root Mean Square Layer
 * Normalization", 2019, with ε inside the root as Llama has it). A NaN makes its whole row NaN; beside ±Infinity, finite
 * elements become 0 and the infinite ones NaN. `scale` is |out| plus what flushing denormals to 0 may change.
 */
export function rmsnormReference({ x, w }: RmsnormInput, { R, C }: RmsnormShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += x[r * C + c]! ** 2;
    const root = Math.sqrt(sum / C + EPSILON);
    for (let c = 0; c < C; c++) {
      const value = (x[r * C + c]! * w[c]!) / root;
      values[r * C + c] = value;
      const flushed = FLUSHED * (1 + Math.abs(w[c]!) * (1 + 1 / root));
      scale[r * C + c] = Math.abs(value) + flushed / GPU_BOUND;
    }
  }
  return { values, scale };
}
