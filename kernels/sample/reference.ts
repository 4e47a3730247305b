import type { Reference } from '../kernel.ts';
import { K, type Mode, P, TEMPERATURE } from './constants.ts';
import type { SampleInput, SampleShape } from './index.ts';

/** e^((logit − max) / temperature) of the tokens that are kept, and 0 of the others. */
export function keptWeights(logits: Float32Array, mode: Mode): Float64Array {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const weight = (logit: number) => Math.exp((logit - max) / TEMPERATURE);
  if (mode === 'temperature') return Float64Array.from(logits, weight);
  if (mode === 'greedy') {
    const first = logits.indexOf(max);
    return Float64Array.from(logits, (_, i) => (i === first ? 1 : 0));
  }
  const sorted = Float64Array.from(logits).sort().reverse();
  let kept = Math.min(K, logits.length);
  if (mode === 'top-p') {
    const total = sorted.reduce((sum, logit) => sum + weight(logit), 0);
    kept = 0;
    for (let sum = 0; sum < P * total; kept++) sum += weight(sorted[kept]!);
  }
  // The last that is kept may have equals, of which the first are kept.
  const last = sorted[kept - 1]!;
  let equals = kept - sorted.indexOf(last);
  return Float64Array.from(logits, (logit) => {
    if (logit < last || (logit === last && equals-- <= 0)) return 0;
    return weight(logit);
  });
}

/** The token for each row. */
export function sampleReference({ logits, u }: SampleInput, { R, S, mode }: SampleShape): Reference {
  const values = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    const weights = keptWeights(logits.subarray(r * S, (r + 1) * S), mode);
    const target = u[r]! * weights.reduce((a, b) => a + b);
    let sum = 0;
    values[r] = weights.findIndex((weight) => {
      sum += weight;
      return sum > target;
    });
  }
  return { values };
}
