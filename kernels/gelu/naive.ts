import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import { erfc } from './erfc.ts';

/** The formula as it is written. −Infinity gives the limit 0: the formula would give −∞ · 0. */
export function geluNaive(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    out[i] = v === -Infinity ? 0 : 0.5 * v * erfc(-v / Math.SQRT2);
  }
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: "the formula as written, with Cody's erfc: three ranges, an exponential in two of them",
  prepare: (x, { N }) => jsVariant(N, (out) => geluNaive(x, out)),
});
