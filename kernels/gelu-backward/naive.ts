import { erfc } from '../gelu/erfc.ts';
import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientJs } from '../lib/gradients.ts';

const SQRT_2_PI = Math.sqrt(2 * Math.PI);

/** The formula as it is written, elements [from, to). At ±∞, where it would give ∞ · 0, x φ(x) has the limit 0. */
export function geluBackward(
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const v = x[i]!;
    const slope = Math.abs(v) === Infinity ? 0 : (v * Math.exp((-v * v) / 2)) / SQRT_2_PI;
    dx[i] = g[i]! * (0.5 * erfc(-v / Math.SQRT2) + slope);
  }
}

export const naive = defineVariant<GradientInput, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: "the formula as written, with Cody's erfc and an exponential more",
  prepare: (input) => gradientJs(geluBackward, input),
});
