import { erfc } from '../gelu/erfc.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import type { BiasGeluInput } from './index.ts';

/** Everything plus bias, then the GELU of everything: two functions of a model, one after the other. −Infinity gives the limit 0. */
export function biasGeluNaive({ x, bias }: BiasGeluInput, out: Float32Array, { R, C }: RowsShape): void {
  for (let r = 0; r < R; r++) {
    for (let c = 0; c < C; c++) out[r * C + c] = x[r * C + c]! + bias[c]!;
  }
  for (let i = 0; i < R * C; i++) {
    const v = out[i]!;
    out[i] = v === -Infinity ? 0 : 0.5 * v * erfc(-v / Math.SQRT2);
  }
}

export const naive = defineVariant<BiasGeluInput, RowsShape>({
  name: 'naive',
  backend: 'js',
  idea: 'two passes over everything, as two functions do it: the sum, then its GELU with the error function',
  prepare: (input, shape) => jsVariant(shape.R * shape.C, (out) => biasGeluNaive(input, out, shape)),
});
