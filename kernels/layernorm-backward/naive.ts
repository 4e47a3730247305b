import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { LayernormBackwardInput, LayernormBackwardShape } from './index.ts';

/**
 * The formulas as they are written: x̂ in an array of its own, dx row by row, dw and db column by column. Down a column each element lies
 * in another cache line.
 */
export function layernormBackwardNaive(
  { x, w, g }: LayernormBackwardInput,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  const hat = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let mean = 0;
    for (let c = 0; c < C; c++) mean += x[r * C + c]! / C;
    let variance = 0;
    for (let c = 0; c < C; c++) variance += (x[r * C + c]! - mean) ** 2 / C;
    const root = Math.sqrt(variance + epsilon);
    let sum = 0;
    let sumHat = 0;
    for (let c = 0; c < C; c++) {
      const h = g[r * C + c]! * w[c]!;
      hat[r * C + c] = (x[r * C + c]! - mean) / root;
      sum += h;
      sumHat += h * hat[r * C + c]!;
    }
    for (let c = 0; c < C; c++) {
      out[r * C + c] = (g[r * C + c]! * w[c]! - sum / C - (hat[r * C + c]! * sumHat) / C) / root;
    }
  }
  for (let c = 0; c < C; c++) {
    let dw = 0;
    let db = 0;
    for (let r = 0; r < R; r++) {
      dw += g[r * C + c]! * hat[r * C + c]!;
      db += g[r * C + c]!;
    }
    out[R * C + c] = dw;
    out[R * C + C + c] = db;
  }
}

export const naive = defineVariant<LayernormBackwardInput, LayernormBackwardShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formulas as written: x̂ in an array of its own (8 bytes an element allocated), dw and db down the columns',
  prepare: (input, { R, C }) =>
    jsVariant(R * C + 2 * C, (out) => layernormBackwardNaive(input, out, R, C, EPSILON)),
});
