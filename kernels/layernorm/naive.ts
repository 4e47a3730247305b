import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/** The formula as it is written: mean, then variance, then every element, in float64. */
export function layernormNaive({ x, w, b }: LayernormInput, out: Float32Array, { R, C }: RowsShape): void {
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += x[r * C + c]!;
    const mean = sum / C;
    let squares = 0;
    for (let c = 0; c < C; c++) squares += (x[r * C + c]! - mean) ** 2;
    const root = Math.sqrt(squares / C + EPSILON);
    for (let c = 0; c < C; c++) out[r * C + c] = ((x[r * C + c]! - mean) / root) * w[c]! + b[c]!;
  }
}

export const naive = defineVariant<LayernormInput, RowsShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, in three passes: nothing cancels that the data did not lose before',
  prepare: (input, shape) => jsVariant(shape.R * shape.C, (out) => layernormNaive(input, out, shape)),
});
