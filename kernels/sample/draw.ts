/** What the variants in JavaScript share: loops over a row that cut nothing, and the drawing from what was kept. */
import { TEMPERATURE } from './constants.ts';

/** The first of the largest logits of the row from `start` to `end`. */
export function indexOfLargest(logits: ArrayLike<number>, start: number, end: number): number {
  let at = start;
  let max = logits[start]!;
  for (let i = start + 1; i < end; i++) {
    if (logits[i]! > max) {
      max = logits[i]!;
      at = i;
    }
  }
  return at;
}

/** e^((logit − max) / temperature) */
export function weightOf(logit: number, max: number, temperature = TEMPERATURE): number {
  return Math.exp((logit - max) / temperature);
}

/** {@link weightOf} of S tokens to `weights`; returns their sum. */
export function weigh(
  logits: Float32Array,
  start: number,
  S: number,
  max: number,
  weights: Float64Array,
  temperature = TEMPERATURE,
): number {
  let sum = 0;
  for (let i = 0; i < S; i++) {
    const weight = weightOf(logits[start + i]!, max, temperature);
    weights[i] = weight;
    sum += weight;
  }
  return sum;
}

/** The first of all tokens whose running sum is above the target; where rounding leaves none, the last with a weight. */
export function drawAll(weights: Float64Array, S: number, target: number): number {
  let sum = 0;
  for (let i = 0; i < S; i++) {
    sum += weights[i]!;
    if (sum > target) return i;
  }
  let last = S - 1;
  while (weights[last] === 0) last--;
  return last;
}

/** As {@link drawAll}, of the first `n` tokens in the list `kept`, which is in ascending order. */
export function drawKept(weights: Float64Array, kept: Uint32Array, n: number, u: number): number {
  let total = 0;
  for (let k = 0; k < n; k++) total += weights[kept[k]!]!;
  const target = u * total;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    sum += weights[kept[k]!]!;
    if (sum > target) return kept[k]!;
  }
  let last = n - 1;
  while (weights[kept[last]!] === 0) last--;
  return kept[last]!;
}

/**
 * The tokens that may be among the most likely with `share` of the whole, in ascending order, to `list`; returns how many. Those left out
 * have less than (1 − share) · total / S each, so that the others have more than their share.
 */
export function candidates(
  weights: Float64Array,
  S: number,
  total: number,
  share: number,
  list: Uint32Array,
): number {
  const least = ((1 - share) * total) / S;
  let n = 0;
  for (let i = 0; i < S; i++) if (weights[i]! >= least) list[n++] = i;
  return n;
}
