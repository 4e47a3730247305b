import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** `v > 0` is false for NaN, which becomes 0. */
export function reluPositive(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    out[i] = v > 0 ? v : 0;
  }
}

export const positive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'positive',
  backend: 'js',
  idea: 'v > 0 ? v : 0, the comparison as most people write it: a NaN becomes 0, and the layer before looks healthy',
  exhibit: true,
  tolerance: {
    metric: 'abs',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds: it gives 0 for NaN; all other elements are exact',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => reluPositive(x, out)),
});
