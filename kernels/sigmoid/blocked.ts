import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { expInline } from '../lib/exp.ts';
import { jsVariant } from '../lib/js.ts';

/** Elements [from, to). */
export function sigmoidInline(x: Float32Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = 1 / (1 + expInline(-x[i]!));
}

export const blocked = defineVariant<Float32Array, ElementwiseShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'the exponential as a polynomial in plain arithmetic, which V8 inlines, unlike Math.exp',
  prepare: (x, { N }) => jsVariant(N, (out) => sigmoidInline(x, out, 0, N)),
});
