import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { K, type Mode, P } from './constants.ts';
import { drawAll, drawKept, indexOfLargest, weigh } from './draw.ts';
import type { SampleInput, SampleShape } from './index.ts';

/** Room for the vocabulary of any model: a key is 32 bits of order and 20 of index, and exact in float64. */
const INDICES = 2 ** 20;

const BITS = new Int32Array(1);
const FLOAT = new Float32Array(BITS.buffer);

/** An integer that grows as the logit falls; −0 counts as 0. */
function order(logit: number): number {
  FLOAT[0] = logit + 0;
  const bits = BITS[0]!;
  return bits < 0 ? bits & 0x7fffffff : -bits;
}

/** The token that `u` chooses from the row at `start`. */
export function sampleSort(
  logits: Float32Array,
  start: number,
  S: number,
  mode: Mode,
  u: number,
  weights: Float64Array,
  keys: Float64Array,
  kept: Uint32Array,
): number {
  const first = indexOfLargest(logits, start, start + S);
  if (mode === 'greedy') return first - start;
  const total = weigh(logits, start, S, logits[first]!, weights);
  if (mode === 'temperature') return drawAll(weights, S, u * total);
  for (let i = 0; i < S; i++) keys[i] = order(logits[start + i]!) * INDICES + i;
  keys.sort();
  const index = (key: number) => key - Math.floor(key / INDICES) * INDICES;
  let n = 0;
  if (mode === 'top-k') n = Math.min(K, S);
  else for (let sum = 0; sum < P * total && n < S; n++) sum += weights[index(keys[n]!)]!;
  for (let k = 0; k < n; k++) kept[k] = index(keys[k]!);
  kept.subarray(0, n).sort();
  return drawKept(weights, kept, n, u);
}

export const sort = defineVariant<SampleInput, SampleShape>({
  name: 'sort',
  backend: 'js',
  idea: 'typed arrays; logit and index in one float64, which the engine sorts without calling a comparison',
  prepare: ({ logits, u }, { R, S, mode }) => {
    const weights = new Float64Array(S);
    const keys = new Float64Array(S);
    const kept = new Uint32Array(S);
    return integerVariant(new Int32Array(R), (out) => {
      for (let r = 0; r < R; r++) out[r] = sampleSort(logits, r * S, S, mode, u[r]!, weights, keys, kept);
    });
  },
});
