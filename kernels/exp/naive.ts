import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** The library function, which V8 calls and cannot inline. */
export function expLibrary(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = Math.exp(x[i]!);
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'Math.exp, an element at a time',
  prepare: (x, { N }) => jsVariant(N, (out) => expLibrary(x, out)),
});
