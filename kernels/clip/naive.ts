import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** The formula as it is written. */
export function clipNaive(g: Float32Array, out: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum += g[i]! ** 2;
  const factor = Math.min(1, 1 / Math.sqrt(sum));
  for (let i = 0; i < g.length; i++) out[i] = g[i]! * factor;
}

export const naive = defineVariant<Float32Array, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: one sum in float64, each addition waiting for the one before',
  prepare: (g, { N }) => jsVariant(N, (out) => clipNaive(g, out)),
});
