import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import type { Pair } from '../lib/pairs.ts';
import { siluOf } from '../silu/blocked.ts';

/** Elements [from, to); `out` may be `a` or `b`. */
export function swigluInline(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) out[i] = siluOf(a[i]!) * b[i]!;
}

export const blocked = defineVariant<Pair, ElementwiseShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'the exponential as a polynomial in plain arithmetic, which V8 inlines, unlike Math.exp',
  prepare: ({ a, b }, { N }) => jsVariant(N, (out) => swigluInline(a, b, out, 0, N)),
});
