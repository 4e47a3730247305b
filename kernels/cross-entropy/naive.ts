import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

/**
 * In the steps of a textbook, each over all rows with an array of its own: log-softmax, the loss, the exponential of the log-softmax
 * for the gradient, and 1 off at the target.
 */
export function crossEntropyNaive(
  x: Float32Array,
  target: Int32Array,
  out: Float32Array,
  R: number,
  C: number,
): void {
  const logSoftmax = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) max = Math.max(max, x[r * C + c]!);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(x[r * C + c]! - max);
    const logSum = Math.log(sum);
    for (let c = 0; c < C; c++) logSoftmax[r * C + c] = x[r * C + c]! - max - logSum;
  }
  for (let r = 0; r < R; r++) out[r] = -logSoftmax[r * C + target[r]!]!;
  for (let i = 0; i < R * C; i++) out[R + i] = Math.exp(logSoftmax[i]!) / R;
  for (let r = 0; r < R; r++) {
    const at = r * C + target[r]!;
    out[R + at] = (Math.exp(logSoftmax[at]!) - 1) / R;
  }
}

export const naive = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'naive',
  backend: 'js',
  idea: 'log-softmax in an array of its own, then the loss, then exponentials again for the gradient: allocates 8 bytes a logit',
  prepare: ({ x, target }, { R, C }) =>
    jsVariant(R + R * C, (out) => crossEntropyNaive(x, target, out, R, C)),
});
