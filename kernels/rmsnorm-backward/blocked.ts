import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormBackwardInput, RmsnormBackwardShape } from './index.ts';

/**
 * One pass over a row for both of its sums, one for dx and its share of dw.
 * @param dw `[C]` sums in float64: working memory, whatever it holds
 * @param out `[R · C + C]`: dx, then dw
 */
export function rmsnormBackward(
  { x, w, g }: RmsnormBackwardInput,
  dw: Float64Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  dw.fill(0);
  for (let r = 0; r < R; r++) {
    const start = r * C;
    let squares = 0;
    let products = 0;
    for (let c = 0; c < C; c++) {
      const v = x[start + c]!;
      squares += v * v;
      products += g[start + c]! * w[c]! * v;
    }
    const factor = 1 / Math.sqrt(squares / C + epsilon);
    const back = (factor * factor * factor * products) / C;
    for (let c = 0; c < C; c++) {
      const v = x[start + c]!;
      const d = g[start + c]! * factor;
      out[start + c] = d * w[c]! - v * back;
      dw[c] = dw[c]! + d * v;
    }
  }
  out.set(dw, R * C);
}

export const blocked = defineVariant<RmsnormBackwardInput, RmsnormBackwardShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'both sums of a row in one pass, dx and the share of dw in the next, all along rows: no x̂ is stored',
  prepare(input, { R, C }) {
    const dw = new Float64Array(C);
    return jsVariant(R * C + C, (out) => rmsnormBackward(input, dw, out, R, C, EPSILON));
  },
});
