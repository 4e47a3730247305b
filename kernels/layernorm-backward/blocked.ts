import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { LayernormBackwardInput, LayernormBackwardShape } from './index.ts';

/**
 * Three passes over a row in cache: the mean; the variance and the sums of h and h (x − mean); dx and the shares of dw and db.
 * @param sums `[2 · C]` sums in float64, dw and db: working memory, whatever it holds
 * @param out `[R · C + 2 · C]`: dx, dw, db
 */
export function layernormBackward(
  { x, w, g }: LayernormBackwardInput,
  sums: Float64Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  sums.fill(0);
  for (let r = 0; r < R; r++) {
    const start = r * C;
    let total = 0;
    for (let c = 0; c < C; c++) total += x[start + c]!;
    const mean = total / C;
    let squares = 0;
    let sum = 0;
    let products = 0;
    for (let c = 0; c < C; c++) {
      const d = x[start + c]! - mean;
      const h = g[start + c]! * w[c]!;
      squares += d * d;
      sum += h;
      products += h * d;
    }
    const factor = 1 / Math.sqrt(squares / C + epsilon);
    const constant = (factor * sum) / C;
    const back = (factor * factor * factor * products) / C;
    for (let c = 0; c < C; c++) {
      const d = x[start + c]! - mean;
      const upstream = g[start + c]!;
      out[start + c] = upstream * w[c]! * factor - constant - d * back;
      sums[c] = sums[c]! + upstream * d * factor;
      sums[C + c] = sums[C + c]! + upstream;
    }
  }
  out.set(sums, R * C);
}

export const blocked = defineVariant<LayernormBackwardInput, LayernormBackwardShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'three passes along each row, dw and db growing with them: no x̂ is stored',
  prepare(input, { R, C }) {
    const sums = new Float64Array(2 * C);
    return jsVariant(R * C + 2 * C, (out) => layernormBackward(input, sums, out, R, C, EPSILON));
  },
});
