import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { PairCounts } from './incremental.ts';
import type { BpeTrainShape } from './index.ts';
import { ALPHABET, MOST_SYMBOLS, type Words } from './words.ts';

/** Pairs with the counts that they had when they came in, the most frequent first. */
class PairHeap {
  readonly #pairs: number[] = [];
  readonly #counts: number[] = [];

  get size(): number {
    return this.#pairs.length;
  }

  push(pair: number, count: number): void {
    let at = this.#pairs.length;
    this.#pairs.push(pair);
    this.#counts.push(count);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(pair, count, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, pair, count);
  }

  /** The first pair, and the count that it came with. */
  pop(): [pair: number, count: number] {
    const first: [number, number] = [this.#pairs[0]!, this.#counts[0]!];
    const pair = this.#pairs.pop()!;
    const count = this.#counts.pop()!;
    const n = this.#pairs.length;
    if (n === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= n) break;
      if (child + 1 < n && this.#isBefore(this.#pairs[child + 1]!, this.#counts[child + 1]!, child)) child++;
      if (this.#isBefore(pair, count, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, pair, count);
    return first;
  }

  #isBefore(pair: number, count: number, other: number): boolean {
    const than = this.#counts[other]!;
    return count > than || (count === than && pair < this.#pairs[other]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#pairs[from]!, this.#counts[from]!);
  }

  #put(at: number, pair: number, count: number): void {
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }
}

/** M merges to `out`. */
export function trainHeap(words: Words, out: Int32Array, M: number): void {
  const changed = new Set<number>();
  const pairs = new PairCounts(words, (pair) => changed.add(pair));
  const heap = new PairHeap();
  out.fill(-1);
  for (let m = 0; m < M; m++) {
    for (const pair of changed) {
      const count = pairs.counts.get(pair) ?? 0;
      if (count > 0) heap.push(pair, count);
    }
    changed.clear();
    let best = -1;
    while (heap.size > 0) {
      const [pair, count] = heap.pop();
      // Every change has pushed the pair again, so that one with another count is an old one.
      if (pairs.counts.get(pair) === count) {
        best = pair;
        break;
      }
    }
    if (best < 0) return;
    out[2 * m] = Math.floor(best / MOST_SYMBOLS);
    out[2 * m + 1] = best % MOST_SYMBOLS;
    pairs.merge(best, ALPHABET + m);
    changed.delete(best);
  }
}

export const heap = defineVariant<Words, BpeTrainShape>({
  name: 'heap',
  backend: 'js',
  idea: '`incremental` with a heap of counts, old ones left in it until they come up: no pass over all pairs for the most frequent',
  prepare: (words, { M }) => integerVariant(new Int32Array(2 * M), (out) => trainHeap(words, out, M)),
});
