import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxShape } from './index.ts';

/**
 * Rows [from, to) in three passes; the exponentials are kept in `out`, and one division a row gives the factor. A NaN
 * anywhere in a row makes the whole row NaN through the sum.
 */
export function softmaxThreePass(
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
    for (let i = start; i < end; i++) {
      const e = Math.exp(x[i]! - max);
      out[i] = e;
      sum += e;
    }
    const factor = 1 / sum;
    for (let i = start; i < end; i++) out[i] = out[i]! * factor;
  }
}

export const blocked = defineVariant<Float32Array, SoftmaxShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'three passes over a row that stays in cache: each exponential once, one division a row',
  prepare: (x, { R, C }) => jsVariant(R * C, (out) => softmaxThreePass(x, out, C, 0, R)),
});
