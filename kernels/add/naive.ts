import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import type { Pair } from '../lib/pairs.ts';

/** Elements [from, to), into an array that is there already; `out` may be `a` or `b`, which makes it an addition in place. */
export function addInto(a: Float32Array, b: Float32Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = a[i]! + b[i]!;
}

export const naive = defineVariant<Pair, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, into an array that is used again and again',
  prepare: ({ a, b }, { N }) => jsVariant(N, (out) => addInto(a, b, out, 0, N)),
});
