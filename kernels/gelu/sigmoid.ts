import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** In place of −Infinity, which divided by Infinity would be NaN. */
const LOWEST = -3.4028234663852886e38;

/** Hendrycks & Gimpel (2016): x · σ(1.702x) with the logistic function σ. 0 for −Infinity, NaN for NaN. */
export function geluSigmoid(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]! < LOWEST ? LOWEST : x[i]!;
    out[i] = v / (1 + Math.exp(-1.702 * v));
  }
}

export const sigmoid = defineVariant<Float32Array, ElementwiseShape>({
  name: 'sigmoid',
  backend: 'js',
  idea: 'Φ as a logistic function: one exponential and a division',
  approximation: true,
  tolerance: {
    metric: 'abs',
    bound: 0.02034,
    why: 'an approximation by design: its largest error is 0.020335, at x = ±2.2702',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => geluSigmoid(x, out)),
});
