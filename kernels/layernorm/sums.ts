import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/** Variance as mean of squares − square of mean, from one pass, in float64: a negative one is taken for 0. */
export function layernormSums({ x, w, b }: LayernormInput, out: Float32Array, { R, C }: RowsShape): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    let sum = 0;
    let squares = 0;
    for (let i = start; i < start + C; i++) {
      const v = x[i]!;
      sum += v;
      squares += v * v;
    }
    const mean = sum / C;
    const factor = 1 / Math.sqrt(Math.max(squares / C - mean * mean, 0) + EPSILON);
    for (let c = 0; c < C; c++) out[start + c] = (x[start + c]! - mean) * factor * w[c]! + b[c]!;
  }
}

export const sums = defineVariant<LayernormInput, RowsShape>({
  name: 'sums',
  backend: 'js',
  idea: 'sum and sum of squares in one pass: float64 carries it to an offset of 1e4 deviations, at 1e6 it errs by 0.2 %',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: 4e-3,
    why: 'at an offset of 1e6 the variance is the difference of two numbers 1e12 times as large, each off by some 2^-53 · C / 2 of itself',
  },
  prepare: (input, shape) => jsVariant(shape.R * shape.C, (out) => layernormSums(input, out, shape)),
});
