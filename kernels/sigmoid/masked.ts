import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/**
 * As array code keeps the exponential from overflowing: a mask, the elements of either sign gathered, each formula on its own array,
 * and both scattered back. Allocates some 9 bytes an element a call.
 */
export function sigmoidMasked(x: Float32Array, out: Float32Array): void {
  const negative = Uint8Array.from(x, (v) => (v < 0 ? 1 : 0));
  const below = x.filter((_, i) => negative[i] === 1).map((v) => Math.exp(v) / (1 + Math.exp(v)));
  const above = x.filter((_, i) => negative[i] === 0).map((v) => 1 / (1 + Math.exp(-v)));
  let b = 0;
  let a = 0;
  for (let i = 0; i < x.length; i++) out[i] = negative[i] === 1 ? below[b++]! : above[a++]!;
}

export const masked = defineVariant<Float32Array, ElementwiseShape>({
  name: 'masked',
  backend: 'js',
  idea: 'two branches as array code has them: mask, gather, two formulas, scatter. ten and more times slower than the formula, and what it guards against does not happen in float64',
  ledger: ['S0-8'],
  prepare: (x, { N }) => jsVariant(N, (out) => sigmoidMasked(x, out)),
});
