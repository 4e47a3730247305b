import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from '../rmsnorm/constants.ts';
import type { ResidualRmsnormInput } from './index.ts';

/** The whole sum first, then the norm of each of its rows: two functions of a model, one after the other. */
export function residualRmsnormNaive(
  { x, residual, w }: ResidualRmsnormInput,
  out: Float32Array,
  { R, C }: RowsShape,
): void {
  for (let i = 0; i < R * C; i++) out[i] = x[i]! + residual[i]!;
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += out[r * C + c]! ** 2;
    const root = Math.sqrt(sum / C + EPSILON);
    for (let c = 0; c < C; c++) out[R * C + r * C + c] = (out[r * C + c]! * w[c]!) / root;
  }
}

export const naive = defineVariant<ResidualRmsnormInput, RowsShape>({
  name: 'naive',
  backend: 'js',
  idea: 'two passes over everything, as two functions do it: the sum, then its norm',
  prepare: (input, shape) =>
    jsVariant(2 * shape.R * shape.C, (out) => residualRmsnormNaive(input, out, shape)),
});
