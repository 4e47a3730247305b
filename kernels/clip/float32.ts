import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** The norm in float32, as array code has it: a gradient beyond 1.8e19 overflows it, and the whole step becomes 0. */
export function clipFloat32(g: Float32Array, out: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum = Math.fround(sum + Math.fround(g[i]! * g[i]!));
  const factor = Math.min(1, 1 / Math.fround(Math.sqrt(sum)));
  for (let i = 0; i < g.length; i++) out[i] = g[i]! * factor;
}

export const float32 = defineVariant<Float32Array, ElementwiseShape>({
  name: 'float32',
  backend: 'js',
  exhibit: true,
  idea: 'the sum of squares in float32: an exploding gradient, which clipping is for, overflows it from 1.8e19 on and everything becomes 0',
  tolerance: {
    metric: 'scaled',
    bound: 1,
    why: 'where the sum overflows, all of the result is missing; else some 1e-5 over 98304 elements, from additions in one float32',
  },
  prepare: (g, { N }) => jsVariant(N, (out) => clipFloat32(g, out)),
});
