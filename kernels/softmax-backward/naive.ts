import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';

/** Rows [from, to) of the formula as it is written. `dx` may be `g`. */
export function softmaxBackward(
  y: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  C: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    let sum = 0;
    for (let i = start; i < end; i++) sum += g[i]! * y[i]!;
    for (let i = start; i < end; i++) dx[i] = y[i]! * (g[i]! - sum);
  }
}

export const naive = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: one sum a row, then one product an element',
  prepare: ({ y, g }, { R, C }) => jsVariant(R * C, (dx) => softmaxBackward(y, g, dx, C, 0, R)),
});
