import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import { K, type Mode, P, TEMPERATURE } from './constants.ts';
import type { SampleInput, SampleShape } from './index.ts';

/** The token that `u` chooses from one row. */
export function sampleNaive(logits: Float32Array, mode: Mode, u: number): number {
  const tokens = Array.from(logits, (logit, token) => ({ token, logit }));
  const byLikelihood = tokens.toSorted((a, b) => b.logit - a.logit || a.token - b.token);
  const max = byLikelihood[0]!.logit;
  const weighted = byLikelihood.map(({ token, logit }) => ({
    token,
    weight: Math.exp((logit - max) / TEMPERATURE),
  }));
  let kept = weighted;
  if (mode === 'greedy') kept = weighted.slice(0, 1);
  if (mode === 'top-k') kept = weighted.slice(0, K);
  if (mode === 'top-p') {
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    let sum = 0;
    const last = weighted.findIndex(({ weight }) => {
      sum += weight;
      return sum >= P * total;
    });
    kept = weighted.slice(0, last + 1);
  }
  kept.sort((a, b) => a.token - b.token);
  const target = u * kept.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  for (const { token, weight } of kept) {
    sum += weight;
    if (sum > target) return token;
  }
  return kept.findLast(({ weight }) => weight > 0)!.token;
}

export const naive = defineVariant<SampleInput, SampleShape>({
  name: 'naive',
  backend: 'js',
  idea: 'an object for each token, all sorted whatever the mode, and the kept ones sorted back',
  prepare: ({ logits, u }, { R, S, mode }) =>
    freshVariant(R, () =>
      Array.from({ length: R }, (_, r) => sampleNaive(logits.subarray(r * S, (r + 1) * S), mode, u[r]!)),
    ),
});
