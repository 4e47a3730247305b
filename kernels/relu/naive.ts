import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** Math.max returns NaN for NaN, and 0 for −0. */
export function reluMax(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = Math.max(x[i]!, 0);
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'Math.max, whose rules for NaN and −0 are what the kernel asks for',
  prepare: (x, { N }) => jsVariant(N, (out) => reluMax(x, out)),
});
