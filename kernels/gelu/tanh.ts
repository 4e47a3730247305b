import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

const SLOPE = Math.sqrt(2 / Math.PI);
/** In place of −Infinity, which times 0 would be NaN. */
const LOWEST = -3.4028234663852886e38;

/**
 * Hendrycks & Gimpel, "Gaussian Error Linear Units" (2016): Φ(x) ≈ ½ (1 + tanh(√(2/π) (x + 0.044715x³))), which GPT-2 was
 * trained with. 0 for −Infinity, NaN for NaN.
 */
export function geluTanh(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = Math.max(x[i]!, LOWEST);
    out[i] = 0.5 * v * (1 + Math.tanh(SLOPE * v * (1 + 0.044715 * v * v)));
  }
}

export const tanh = defineVariant<Float32Array, ElementwiseShape>({
  name: 'tanh',
  backend: 'js',
  idea: 'Φ through a hyperbolic tangent, as GPT-2 was trained: one library call instead of an error function',
  approximation: true,
  tolerance: {
    metric: 'abs',
    bound: 4.74e-4,
    why: 'an approximation by design: its largest error is 4.7336e-4, at x = ±2.6997',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => geluTanh(x, out)),
});
