import { defineVariant } from '../kernel.ts';
import { expInline } from '../lib/exp.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';

/** Rows [from, to) of `x` `[R, C]`; `out` may be `x`. */
export function logSoftmaxRows(
  x: Float32Array,
  out: Float32Array,
  C: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const v = x[i]!;
      // A comparison, not Math.max: one instruction instead of the handling of NaN and −0.
      if (v > max) max = v;
    }
    let sum = 0;
    for (let i = start; i < end; i++) sum += expInline(x[i]! - max);
    const logSum = Math.log(sum);
    for (let i = start; i < end; i++) out[i] = x[i]! - max - logSum;
  }
}

export const blocked = defineVariant<Float32Array, RowsShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'the exponential as a polynomial in plain arithmetic, which V8 inlines, unlike Math.exp',
  prepare: (x, { R, C }) => jsVariant(R * C, (out) => logSoftmaxRows(x, out, C, 0, R)),
});
