import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientJs } from '../lib/gradients.ts';

/** The formula as it is written, elements [from, to). */
export function tanhBackward(
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const t = Math.tanh(x[i]!);
    dx[i] = g[i]! * (1 - t * t);
  }
}

export const naive = defineVariant<GradientInput, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, with Math.tanh again as in the forward pass',
  prepare: (input) => gradientJs(tanhBackward, input),
});
