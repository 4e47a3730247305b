import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxShape } from './index.ts';

/** e^x / Σ e^x, without taking the maximum away first. */
export function softmaxUnshifted(x: Float32Array, out: Float32Array, { R, C }: SoftmaxShape): void {
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let i = r * C; i < (r + 1) * C; i++) sum += Math.exp(x[i]!);
    for (let i = r * C; i < (r + 1) * C; i++) out[i] = Math.exp(x[i]!) / sum;
  }
}

export const unshifted = defineVariant<Float32Array, SoftmaxShape>({
  name: 'unshifted',
  backend: 'js',
  idea: 'one pass less, as the formula stands in books: NaN from the first score above 709 (in float32 from 88.7), and 0 / 0 where all are below −745',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds: Infinity / Infinity where a score is large; at scores within ±700 it is as accurate as `naive`',
  },
  prepare: (x, shape) => jsVariant(shape.R * shape.C, (out) => softmaxUnshifted(x, out, shape)),
});
