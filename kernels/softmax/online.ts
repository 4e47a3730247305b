import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxShape } from './index.ts';

/**
 * Milakov & Gimelshein, "Online normalizer calculation for softmax" (2018): maximum and sum in one pass, the sum being
 * rescaled when the maximum rises. It reads the row twice instead of three times and pays with a second exponential an
 * element, so it gains only where a row does not fit the cache.
 */
export function softmaxOnline(x: Float32Array, out: Float32Array, R: number, C: number): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    const end = start + C;
    let max = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let i = start; i < end; i++) {
      const v = x[i]!;
      if (v > max) {
        // At the first finite element: 0 · e^−∞ = 0.
        sum = sum * Math.exp(max - v) + 1;
        max = v;
      } else if (v !== Number.NEGATIVE_INFINITY) {
        // Reached by NaN too, which makes the sum NaN. −∞ adds nothing, and −∞ − −∞ would be NaN.
        sum += Math.exp(v - max);
      }
    }
    const factor = 1 / sum;
    for (let i = start; i < end; i++) out[i] = Math.exp(x[i]! - max) * factor;
  }
}

export const online = defineVariant<Float32Array, SoftmaxShape>({
  name: 'online',
  backend: 'js',
  idea: 'two passes: the sum is rescaled whenever the running maximum rises (Milakov & Gimelshein 2018)',
  prepare: (x, { R, C }) => jsVariant(R * C, (out) => softmaxOnline(x, out, R, C)),
});
