import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/**
 * The formula as it is written. e^(−x) overflows in float64 only below −709.78, where 1 / Infinity = 0 is the right float32: JavaScript
 * gives no warning, and needs none.
 */
export function sigmoidNaive(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = 1 / (1 + Math.exp(-x[i]!));
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, in float64: no overflow before −709',
  ledger: ['S0-8'],
  prepare: (x, { N }) => jsVariant(N, (out) => sigmoidNaive(x, out)),
});
