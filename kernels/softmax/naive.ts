import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxShape } from './index.ts';

/** The formula as it is written: every exponential is computed twice, and every element divided. */
export function softmaxNaive(x: Float32Array, out: Float32Array, R: number, C: number): void {
  for (let r = 0; r < R; r++) {
    const row = r * C;
    let max = x[row]!;
    for (let c = 1; c < C; c++) max = Math.max(max, x[row + c]!);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(x[row + c]! - max);
    for (let c = 0; c < C; c++) out[row + c] = Math.exp(x[row + c]! - max) / sum;
  }
}

export const naive = defineVariant<Float32Array, SoftmaxShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: maximum, sum of exponentials, exponentials again divided by the sum',
  prepare: (x, { R, C }) => jsVariant(R * C, (out) => softmaxNaive(x, out, R, C)),
});
