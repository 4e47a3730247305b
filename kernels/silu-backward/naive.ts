import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientJs } from '../lib/gradients.ts';

/** The formula as it is written, elements [from, to). At ±∞ it would give ∞ · 0: the limits 0 and 1 stand there. */
export function siluBackward(
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const v = x[i]!;
    const s = 1 / (1 + Math.exp(-v));
    const derivative = Math.abs(v) === Infinity ? s : s * (1 + v * (1 - s));
    dx[i] = g[i]! * derivative;
  }
}

export const naive = defineVariant<GradientInput, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, with one exponential and one division',
  prepare: (input) => gradientJs(siluBackward, input),
});
