import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

/**
 * Rows [from, to): three passes over a row that stays in cache, each exponential once and kept in `dx`.
 * @param loss `[R]` @param dx `[R, C]`; may be `x` itself
 */
export function crossEntropyRows(
  x: Float32Array,
  target: Int32Array,
  loss: Float32Array,
  dx: Float32Array,
  R: number,
  C: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) if (x[i]! > max) max = x[i]!;
    const at = start + target[r]!;
    const distance = max - x[at]!;
    let sum = 0;
    for (let i = start; i < end; i++) {
      const e = Math.exp(x[i]! - max);
      dx[i] = e;
      sum += e;
    }
    loss[r] = Math.log(sum) + distance;
    const factor = 1 / (sum * R);
    for (let i = start; i < end; i++) dx[i] = dx[i]! * factor;
    dx[at] = dx[at]! - 1 / R;
  }
}

export const blocked = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'loss and gradient in three passes over a row, each exponential once, in the array of the gradient: nothing is allocated',
  prepare: ({ x, target }, { R, C }) =>
    jsVariant(R + R * C, (out) => {
      crossEntropyRows(x, target, out, out.subarray(R), R, C, 0, R);
    }),
});
