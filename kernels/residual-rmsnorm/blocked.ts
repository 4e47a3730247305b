import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from '../rmsnorm/constants.ts';
import type { ResidualRmsnormInput } from './index.ts';

/**
 * Rows [from, to): the squares are summed while the row is added, in float64.
 * @param x `[R, C]` @param residual `[R, C]` @param w `[C]`
 * @param sum `[R, C]`; may be x or residual @param out `[R, C]`, the norm of `sum`
 */
export function residualRmsnormRows(
  x: Float32Array,
  residual: Float32Array,
  w: Float32Array,
  sum: Float32Array,
  out: Float32Array,
  C: number,
  epsilon: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    // Two sums, so that an addition need not wait for the one before.
    let s0 = 0;
    let s1 = 0;
    let i = start;
    for (; i + 2 <= end; i += 2) {
      const a = Math.fround(x[i]! + residual[i]!);
      const b = Math.fround(x[i + 1]! + residual[i + 1]!);
      sum[i] = a;
      sum[i + 1] = b;
      s0 += a * a;
      s1 += b * b;
    }
    if (i < end) {
      const a = Math.fround(x[i]! + residual[i]!);
      sum[i] = a;
      s0 += a * a;
    }
    const factor = 1 / Math.sqrt((s0 + s1) / C + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = sum[start + c]! * factor * w[c]!;
  }
}

export const blocked = defineVariant<ResidualRmsnormInput, RowsShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'a row is added, its squares summed on the way, and normed while it is in cache',
  prepare: ({ x, residual, w }, { R, C }) =>
    jsVariant(2 * R * C, (out) =>
      residualRmsnormRows(x, residual, w, out, out.subarray(R * C), C, EPSILON, 0, R),
    ),
});
