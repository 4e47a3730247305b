import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/**
 * Rows [from, to): one pass sums the squares in float64, which holds every square of a float32 exactly, one scales. Four
 * sums, so that an addition need not wait for the one before. Right for all finite x.
 * @param x `[R, C]` @param w `[C]` @param out `[R, C]`; may be x itself
 */
export function rmsnormRows(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  C: number,
  epsilon: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      const a = x[i]!;
      const b = x[i + 1]!;
      const c = x[i + 2]!;
      const d = x[i + 3]!;
      s0 += a * a;
      s1 += b * b;
      s2 += c * c;
      s3 += d * d;
    }
    for (; i < end; i++) s0 += x[i]! * x[i]!;
    const factor = 1 / Math.sqrt((s0 + s1 + (s2 + s3)) / C + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = x[start + c]! * factor * w[c]!;
  }
}

export const blocked = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'float32 data summed in four float64 accumulators, then scaled: no copy, one division a row',
  prepare: ({ x, w }, { R, C }) => jsVariant(R * C, (out) => rmsnormRows(x, w, out, C, EPSILON, 0, R)),
});
