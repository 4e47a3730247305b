import { geluOf } from '../gelu/blocked.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import type { BiasGeluInput } from './index.ts';

/** Rows [from, to) of `x` `[R, C]`; `out` may be `x`. */
export function biasGeluRows(
  x: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  C: number,
  from: number,
  to: number,
): void {
  for (let r = from; r < to; r++) {
    const start = r * C;
    for (let c = 0; c < C; c++) out[start + c] = geluOf(x[start + c]! + bias[c]!);
  }
}

export const blocked = defineVariant<BiasGeluInput, RowsShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'one pass, the rational function of `gelu`: the sum stays in a register, and in float64',
  prepare: ({ x, bias }, { R, C }) => jsVariant(R * C, (out) => biasGeluRows(x, bias, out, C, 0, R)),
});
