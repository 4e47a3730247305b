import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** Every element to [−1, 1]; a NaN stays one. */
export function clipByValue(g: Float32Array, out: Float32Array): void {
  for (let i = 0; i < g.length; i++) {
    const v = g[i]!;
    out[i] = v > 1 ? 1 : v < -1 ? -1 : v;
  }
}

export const byValue = defineVariant<Float32Array, ElementwiseShape>({
  name: 'by-value',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-25'],
  idea: 'each element cut to [−1, 1]: no norm to compute, but (10, 1) becomes (1, 1), turned by 39.3°, and the norm may still be √N',
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'another function: the norm of N elements may stay at √N times the limit, and what is small beside an outlier is not scaled',
  },
  prepare: (g, { N }) => jsVariant(N, (out) => clipByValue(g, out)),
});
