import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { K, type Mode, P } from './constants.ts';
import { candidates, drawAll, drawKept, indexOfLargest, weigh, weightOf } from './draw.ts';
import type { SampleInput, SampleShape } from './index.ts';

/** Is token a more likely than b? */
function before(logits: Float32Array, start: number, a: number, b: number): boolean {
  const x = logits[start + a]!;
  const y = logits[start + b]!;
  return x > y || (x === y && a < b);
}

/** Lets the token at `at` sink in a heap of n whose root is the most likely, or (`least`) the least likely. */
function sink(
  heap: Uint32Array,
  n: number,
  at: number,
  logits: Float32Array,
  start: number,
  least: boolean,
): void {
  const token = heap[at]!;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= n) break;
    if (child + 1 < n && before(logits, start, heap[child + 1]!, heap[child]!) !== least) child++;
    if (before(logits, start, heap[child]!, token) === least) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = token;
}

function makeHeap(heap: Uint32Array, n: number, logits: Float32Array, start: number, least: boolean): void {
  for (let at = (n >> 1) - 1; at >= 0; at--) sink(heap, n, at, logits, start, least);
}

/** The K most likely in `heap`: its root is the least likely of them, and what is more likely takes its place. */
function keepMostLikely(logits: Float32Array, start: number, S: number, heap: Uint32Array): number {
  const n = Math.min(K, S);
  for (let i = 0; i < n; i++) heap[i] = i;
  makeHeap(heap, n, logits, start, true);
  const end = start + S;
  for (let i = start + n; i < end; i++) {
    // A loop of its own for what nearly all tokens are: not above the bar. Of equals the earlier token stays.
    const bar = logits[start + heap[0]!]!;
    while (i < end && logits[i]! <= bar) i++;
    if (i === end) break;
    heap[0] = i - start;
    sink(heap, n, 0, logits, start, true);
  }
  return n;
}

/** The token that `u` chooses from the row at `start`. */
export function sampleHeap(
  logits: Float32Array,
  start: number,
  S: number,
  mode: Mode,
  u: number,
  weights: Float64Array,
  heap: Uint32Array,
  kept: Uint32Array,
): number {
  const first = indexOfLargest(logits, start, start + S);
  if (mode === 'greedy') return first - start;
  const max = logits[first]!;
  let n: number;
  if (mode === 'top-k') {
    n = keepMostLikely(logits, start, S, kept);
    kept.subarray(0, n).sort();
    for (let k = 0; k < n; k++) weights[kept[k]!] = weightOf(logits[start + kept[k]!]!, max);
    return drawKept(weights, kept, n, u);
  }
  const total = weigh(logits, start, S, max, weights);
  if (mode === 'temperature') return drawAll(weights, S, u * total);
  let left = candidates(weights, S, total, P, heap);
  makeHeap(heap, left, logits, start, false);
  n = 0;
  for (let sum = 0; sum < P * total && left > 0; ) {
    sum += weights[heap[0]!]!;
    kept[n++] = heap[0]!;
    heap[0] = heap[--left]!;
    sink(heap, left, 0, logits, start, false);
  }
  kept.subarray(0, n).sort();
  return drawKept(weights, kept, n, u);
}

export const heap = defineVariant<SampleInput, SampleShape>({
  name: 'heap',
  backend: 'js',
  idea: 'top-k: a heap of 40 whose root is compared with each token, and nothing is weighed but what is kept; top-p: what cannot be kept is left out, and tokens leave a heap until they have their share',
  prepare: ({ logits, u }, { R, S, mode }) => {
    const weights = new Float64Array(S);
    const list = new Uint32Array(S);
    const kept = new Uint32Array(S);
    return integerVariant(new Int32Array(R), (out) => {
      for (let r = 0; r < R; r++) out[r] = sampleHeap(logits, r * S, S, mode, u[r]!, weights, list, kept);
    });
  },
});
