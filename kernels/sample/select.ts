import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { type Mode, SETTINGS, type Settings } from './constants.ts';
import { candidates, drawAll, drawKept, indexOfLargest, weigh } from './draw.ts';
import type { SampleInput, SampleShape } from './index.ts';

/**
 * Rearranges the n tokens in `list` and returns the one at which the `measure` of the tokens, from the most likely on, reaches `need`:
 * quickselect (Hoare, 1961) that follows a sum in place of a rank. Of equal logits the first token is the more likely.
 */
export function tokenAt(
  list: Uint32Array,
  n: number,
  logits: Float32Array,
  start: number,
  measure: Float64Array,
  need: number,
): number {
  let from = 0;
  let to = n;
  // The least likely of those in front of `to`.
  let end = list[n - 1]!;
  while (to - from > 1) {
    // Tokens come in their own order, so that the middle one is as good as any.
    const pivot = list[(from + to) >>> 1]!;
    const bar = logits[start + pivot]!;
    let i = from;
    let k = to - 1;
    // More likely than the pivot, or the pivot itself, to the left of i.
    let sum = 0;
    while (i <= k) {
      const token = list[i]!;
      const logit = logits[start + token]!;
      if (logit > bar || (logit === bar && token <= pivot)) {
        sum += measure[token]!;
        i++;
      } else {
        list[i] = list[k]!;
        list[k--] = token;
      }
    }
    if (sum >= need) {
      if (i === to) {
        // All of them: the pivot is the least likely, and goes to the end to make the next part smaller.
        const at = list.indexOf(pivot, from);
        list[at] = list[to - 1]!;
        list[to - 1] = pivot;
        if (sum - measure[pivot]! < need) return pivot;
        to--;
      } else {
        to = i;
        end = pivot;
      }
    } else {
      need -= sum;
      from = i;
    }
  }
  // Sums in another order round otherwise: a part that was to reach `need` may fall short of it.
  return from < to ? list[from]! : end;
}

/** The token that `u` chooses from the row at `start`. */
export function sampleSelect(
  logits: Float32Array,
  start: number,
  S: number,
  mode: Mode,
  u: number,
  weights: Float64Array,
  ones: Float64Array,
  list: Uint32Array,
  kept: Uint32Array,
  { temperature, k, p }: Settings = SETTINGS,
): number {
  const first = indexOfLargest(logits, start, start + S);
  if (mode === 'greedy') return first - start;
  const total = weigh(logits, start, S, logits[first]!, weights, temperature);
  if (mode === 'temperature') return drawAll(weights, S, u * total);
  const isTopK = mode === 'top-k';
  let n = S;
  if (isTopK) for (let i = 0; i < S; i++) kept[i] = i;
  else n = candidates(weights, S, total, p, kept);
  for (let i = 0; i < n; i++) list[i] = kept[i]!;
  const last = isTopK
    ? tokenAt(list, n, logits, start, ones, Math.min(k, S))
    : tokenAt(list, n, logits, start, weights, p * total);
  const bar = logits[start + last]!;
  let m = 0;
  for (let i = 0; i < n; i++) {
    const token = kept[i]!;
    const logit = logits[start + token]!;
    if (logit > bar || (logit === bar && token <= last)) kept[m++] = token;
  }
  return drawKept(weights, kept, m, u);
}

export const select = defineVariant<SampleInput, SampleShape>({
  name: 'select',
  backend: 'js',
  idea: 'quickselect finds the last token that is kept, by count or by probability: a few passes over ever fewer tokens, and nothing is sorted',
  prepare: ({ logits, u }, { R, S, mode }) => {
    const weights = new Float64Array(S);
    const ones = new Float64Array(S).fill(1);
    const list = new Uint32Array(S);
    const kept = new Uint32Array(S);
    return integerVariant(new Int32Array(R), (out) => {
      for (let r = 0; r < R; r++)
        out[r] = sampleSelect(logits, r * S, S, mode, u[r]!, weights, ones, list, kept);
    });
  },
});
