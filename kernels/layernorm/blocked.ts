import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/**
 * Rows [from, to): sum and sum of squares of x − x₀ in one pass, with the row's first element x₀. That element alone adds
 * (x₀ − mean)² / C to the variance, so that the difference at the end loses at most a factor of C + 1: nothing in float64.
 * @param x `[R, C]` @param w `[C]` @param b `[C]` @param out `[R, C]`; may be x itself
 */
export function layernormRows(
  x: Float32Array,
  w: Float32Array,
  b: Float32Array,
  out: Float32Array,
  C: number,
  epsilon: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    const shift = x[start]!;
    // Two sums of each, so that an addition need not wait for the one before.
    let s0 = 0;
    let s1 = 0;
    let q0 = 0;
    let q1 = 0;
    let i = start;
    for (; i + 2 <= end; i += 2) {
      const d = x[i]! - shift;
      const e = x[i + 1]! - shift;
      s0 += d;
      s1 += e;
      q0 += d * d;
      q1 += e * e;
    }
    if (i < end) {
      const d = x[i]! - shift;
      s0 += d;
      q0 += d * d;
    }
    const distance = (s0 + s1) / C;
    const mean = shift + distance;
    const factor = 1 / Math.sqrt((q0 + q1) / C - distance * distance + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = (x[start + c]! - mean) * factor * w[c]! + b[c]!;
  }
}

export const blocked = defineVariant<LayernormInput, RowsShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'one pass over x − x₀, which cannot cancel by more than C + 1, and one that scales',
  prepare: ({ x, w, b }, { R, C }) =>
    jsVariant(R * C, (out) => layernormRows(x, w, b, out, C, EPSILON, 0, R)),
});
