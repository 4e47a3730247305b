import { ALPHABET } from '../bpe-train/words.ts';
import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';
import { PairTable } from './pair-table.ts';

/** Places in a word as a linked list, and a heap of merges that may be possible: rank · 2^20 + place, the least first. */
export class WordEncoder {
  readonly #table: PairTable;
  readonly #token: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Two for each letter: a merge takes one pair out and puts at most two in. */
  readonly #heap: Float64Array;
  #size = 0;

  constructor(table: PairTable, mostSymbols: number) {
    this.#table = table;
    this.#token = new Int32Array(mostSymbols);
    this.#next = new Int32Array(mostSymbols);
    this.#previous = new Int32Array(mostSymbols);
    this.#heap = new Float64Array(3 * mostSymbols);
  }

  /** Encodes n symbols from `symbols[from…]` to `out[to…]`; returns how many tokens that gives. */
  encode(symbols: Int32Array, from: number, n: number, out: Int32Array, to: number): number {
    const token = this.#token;
    const next = this.#next;
    const previous = this.#previous;
    this.#size = 0;
    for (let i = 0; i < n; i++) {
      token[i] = symbols[from + i]!;
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    for (let i = 0; i + 1 < n; i++) this.#offer(i, i + 1);
    while (this.#size > 0) {
      const key = this.#pop();
      const rank = Math.floor(key / PLACES);
      const at = key - rank * PLACES;
      const right = next[at]!;
      // A merge of a neighbour may have changed the pair, or taken its place.
      if (token[at]! < 0 || right >= n || this.#table.rank(token[at]!, token[right]!) !== rank) continue;
      token[at] = ALPHABET + rank;
      token[right] = -1;
      const after = next[right]!;
      next[at] = after;
      if (after < n) {
        previous[after] = at;
        this.#offer(at, after);
      }
      if (previous[at]! >= 0) this.#offer(previous[at]!, at);
    }
    let count = 0;
    for (let i = 0; i < n; i = next[i]!) out[to + count++] = token[i]!;
    return count;
  }

  #offer(left: number, right: number): void {
    const rank = this.#table.rank(this.#token[left]!, this.#token[right]!);
    if (rank < 0) return;
    const heap = this.#heap;
    const key = rank * PLACES + left;
    let at = this.#size++;
    while (at > 0 && heap[(at - 1) >> 1]! > key) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const first = heap[0]!;
    const key = heap[--this.#size]!;
    const n = this.#size;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= n) break;
      if (child + 1 < n && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
    return first;
  }
}

/** Letters of the longest word: rank and place together are exact in float64. */
const PLACES = 2 ** 20;

export const heap = defineVariant<BpeEncodeInput, BpeEncodeShape>({
  name: 'heap',
  backend: 'js',
  idea: 'a linked list of places and a heap of ranks: n log n for a word of n letters, which pays where there are many',
  prepare: ({ words: { symbols, starts }, merges }, { W, L }) => {
    const encoder = new WordEncoder(new PairTable(merges), L + 1);
    return countedVariant(new Int32Array(symbols.length), (out) => {
      let n = 0;
      for (let w = 0; w < W; w++)
        n += encoder.encode(symbols, starts[w]!, starts[w + 1]! - starts[w]!, out, n);
      return n;
    });
  },
});
