import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** The formula as it is written. −Infinity gives the limit 0: the formula would give −∞ / ∞. */
export function siluNaive(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    out[i] = v === -Infinity ? 0 : v / (1 + Math.exp(-v));
  }
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, with Math.exp',
  prepare: (x, { N }) => jsVariant(N, (out) => siluNaive(x, out)),
});
