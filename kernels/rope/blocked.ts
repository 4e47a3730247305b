import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RopeInput, RopeLayout, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

/**
 * Rows [from, to) of the T · H rows of `D` elements (row t · H + h is head h of token t).
 * @param table cosine and sine of each pair of each token, `[T, D/2, 2]`, from {@link ropeTable}
 * @param out may be `x` itself
 */
export function ropeRows(
  x: Float32Array,
  table: Float64Array,
  out: Float32Array,
  H: number,
  D: number,
  layout: RopeLayout,
  from: number,
  to: number,
): void {
  // One loop for both layouts: pair i begins at i · step, and its second element stands `distance` later.
  const step = layout === 'interleaved' ? 2 : 1;
  const distance = layout === 'interleaved' ? 1 : D / 2;
  for (let row = from; row < to; row++) {
    let at = row * D;
    const first = Math.floor(row / H) * D;
    for (let k = first; k < first + D; k += 2, at += step) {
      const cos = table[k]!;
      const sin = table[k + 1]!;
      const a = x[at]!;
      const b = x[at + distance]!;
      out[at] = a * cos - b * sin;
      out[at + distance] = a * sin + b * cos;
    }
  }
}

export const blocked = defineVariant<RopeInput, RopeShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'cosines and sines from a float64 table, shared by all heads; making it is outside `run`',
  ledger: ['S0-13', 'S2-36'],
  prepare({ x, offset, inverse }, { T, H, D, layout }) {
    const table = ropeTable(T, D, offset, inverse);
    return jsVariant(T * H * D, (out) => ropeRows(x, table, out, H, D, layout, 0, T * H));
  },
});
