import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientJs } from '../lib/gradients.ts';
import { pade } from './pade.ts';

/** 1 − t² of an approximate t: neither the slope of tanh nor that of the approximant. */
export function tanhBackwardPadeForward(
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const t = pade(x[i]!);
    dx[i] = g[i]! * (1 - t * t);
  }
}

export const padeForward = defineVariant<GradientInput, ElementwiseShape>({
  name: 'pade-forward',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-10'],
  idea: 'the formula 1 − t² with t from a Padé approximant: the rule holds for tanh alone, so that it is the gradient of no function; from the slope of the approximant it differs by up to 0.0516, at x = 1.18',
  tolerance: {
    metric: 'scaled',
    bound: 0.044,
    why: 'off the slope of tanh by at most 0.04396, at |x| = 1.647: 1 − t² carries the error of t, 0.0235, nearly twice',
  },
  prepare: (input) => gradientJs(tanhBackwardPadeForward, input),
});
