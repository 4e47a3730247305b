import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import type { Pair } from '../lib/pairs.ts';

/** The formula as it is written. −Infinity gives the limit 0: the formula would give −∞ / ∞. */
export function swigluNaive({ a, b }: Pair, out: Float32Array): void {
  for (let i = 0; i < a.length; i++) {
    const v = a[i]!;
    out[i] = v === -Infinity ? 0 * b[i]! : (v / (1 + Math.exp(-v))) * b[i]!;
  }
}

export const naive = defineVariant<Pair, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, with Math.exp',
  prepare: (input, { N }) => jsVariant(N, (out) => swigluNaive(input, out)),
});
