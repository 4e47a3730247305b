import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';

/** The formula as it is written. */
export function logSoftmaxNaive(x: Float32Array, out: Float32Array, { R, C }: RowsShape): void {
  for (let r = 0; r < R; r++) {
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) max = Math.max(max, x[r * C + c]!);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(x[r * C + c]! - max);
    const logSum = Math.log(sum);
    for (let c = 0; c < C; c++) out[r * C + c] = x[r * C + c]! - max - logSum;
  }
}

export const naive = defineVariant<Float32Array, RowsShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, with Math.exp and one Math.log a row',
  prepare: (x, shape) => jsVariant(shape.R * shape.C, (out) => logSoftmaxNaive(x, out, shape)),
});
