import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { BETA1, BETA2, DECAY, EPSILON, LR } from './constants.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

/**
 * What of a step is the same for all parameters, both bias corrections folded in: θ ← keep θ − rate m / (√v + epsilon). With
 * c = √(1 − β2^step), m̂ / (√v̂ + ε) = (c / (1 − β1^step)) m / (√v + c ε): ε is scaled too, and the decay is not.
 */
export interface AdamwRates {
  readonly keep: number;
  readonly rate: number;
  readonly epsilon: number;
}

export function adamwRates(step: number): AdamwRates {
  const c = Math.sqrt(1 - BETA2 ** step);
  return { keep: 1 - LR * DECAY, rate: (LR * c) / (1 - BETA1 ** step), epsilon: EPSILON * c };
}

/** Parameters [from, to). @param out `[3 · N]`: θ, m, v */
export function adamwFolded(
  { theta, g, m, v }: AdamwInput,
  out: Float32Array,
  { keep, rate, epsilon }: AdamwRates,
  from: number,
  to: number,
): void {
  const N = theta.length;
  for (let i = from; i < to; i++) {
    const gradient = g[i]!;
    const mean = m[i]! + (1 - BETA1) * (gradient - m[i]!);
    const square = v[i]! + (1 - BETA2) * (gradient * gradient - v[i]!);
    out[i] = keep * theta[i]! - (rate * mean) / (Math.sqrt(square) + epsilon);
    out[N + i] = mean;
    out[2 * N + i] = square;
  }
}

export const folded = defineVariant<AdamwInput, AdamwShape>({
  name: 'folded',
  backend: 'js',
  ledger: ['S2-28'],
  idea: 'both bias corrections folded into the rate and ε, once a step: two divisions an element less; the decay keeps the plain rate',
  prepare(input, { N, step }) {
    const rates = adamwRates(step);
    return jsVariant(3 * N, (out) => adamwFolded(input, out, rates, 0, N));
  },
});
