import type { Reference } from '../kernel.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 1e-6;

/** log Σ e^(x − max) − (x_target − max), and (e^(x − max) / Σ − [c = target]) / R, in float64. */
export function crossEntropyReference(
  { x, target }: CrossEntropyInput,
  { R, C }: CrossEntropyShape,
): Reference {
  const values = new Float64Array(R + R * C);
  const scale = new Float64Array(R + R * C);
  for (let r = 0; r < R; r++) {
    const row = Array.from(x.subarray(r * C, r * C + C));
    const max = row.reduce((a, b) => Math.max(a, b));
    const sum = row.reduce((total, v) => total + Math.exp(v - max), 0);
    const distance = max - row[target[r]!]!;
    values[r] = Math.log(sum) + distance;
    scale[r] = 1 + (Number.isFinite(distance) ? Math.log(sum) + distance : 0);
    for (let c = 0; c < C; c++) {
      const d = row[c]! - max;
      const p = Math.exp(d) / sum;
      const hit = c === target[r] ? 1 : 0;
      values[R + r * C + c] = (p - hit) / R;
      // Results below the smallest normal float32 may be 0.
      scale[R + r * C + c] =
        (p * (1 + (Number.isFinite(d) ? Math.abs(d) / 8 : 0)) + hit + 2 ** -125 / BOUND) / R +
        2 ** -125 / BOUND;
    }
  }
  return { values, scale };
}
