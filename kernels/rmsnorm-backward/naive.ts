import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormBackwardInput, RmsnormBackwardShape } from './index.ts';

/**
 * The formulas as they are written: x̂ in an array of its own, dx row by row, and dw column by column. Down a column each element lies in
 * another cache line.
 */
export function rmsnormBackwardNaive(
  { x, w, g }: RmsnormBackwardInput,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  const hat = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let squares = 0;
    for (let c = 0; c < C; c++) squares += x[r * C + c]! ** 2;
    const root = Math.sqrt(squares / C + epsilon);
    let sum = 0;
    for (let c = 0; c < C; c++) {
      hat[r * C + c] = x[r * C + c]! / root;
      sum += g[r * C + c]! * w[c]! * hat[r * C + c]!;
    }
    for (let c = 0; c < C; c++) {
      out[r * C + c] = (g[r * C + c]! * w[c]! - (hat[r * C + c]! * sum) / C) / root;
    }
  }
  for (let c = 0; c < C; c++) {
    let sum = 0;
    for (let r = 0; r < R; r++) sum += g[r * C + c]! * hat[r * C + c]!;
    out[R * C + c] = sum;
  }
}

export const naive = defineVariant<RmsnormBackwardInput, RmsnormBackwardShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formulas as written: x̂ in an array of its own (8 bytes an element allocated), dw down the columns',
  prepare: (input, { R, C }) =>
    jsVariant(R * C + C, (out) => rmsnormBackwardNaive(input, out, R, C, EPSILON)),
});
