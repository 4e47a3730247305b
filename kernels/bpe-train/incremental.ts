import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { BpeTrainShape } from './index.ts';
import { mergeWord } from './recount.ts';
import { ALPHABET, MOST_SYMBOLS, type Words } from './words.ts';

/** Counts of pairs that stay right as words are merged, and the words in which each pair may be. */
export class PairCounts {
  readonly counts = new Map<number, number>();
  readonly #where = new Map<number, number[]>();
  readonly #symbols: Int32Array;
  readonly #lengths: Int32Array;
  readonly #words: Words;
  /** Called with each pair whose count has changed. */
  readonly #changed: (pair: number) => void;

  constructor(words: Words, changed: (pair: number) => void = () => {}) {
    this.#words = words;
    this.#symbols = words.symbols.slice();
    this.#lengths = words.counts.map((_, w) => words.starts[w + 1]! - words.starts[w]!);
    this.#changed = changed;
    for (let w = 0; w < words.counts.length; w++) this.#count(w, words.counts[w]!, -1);
  }

  /**
   * Adds `times` to the pairs of word w, and notes the word for pairs that hold the symbol `fresh`, or for all (−1): those without it
   * have noted it before.
   */
  #count(w: number, times: number, fresh: number): void {
    const symbols = this.#symbols;
    const end = this.#words.starts[w]! + this.#lengths[w]! - 1;
    for (let i = this.#words.starts[w]!; i < end; i++) {
      const left = symbols[i]!;
      const right = symbols[i + 1]!;
      const pair = left * MOST_SYMBOLS + right;
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + times);
      this.#changed(pair);
      if (times < 0 || !(fresh < 0 || left === fresh || right === fresh)) continue;
      const where = this.#where.get(pair);
      if (where === undefined) this.#where.set(pair, [w]);
      else if (where.at(-1) !== w) where.push(w);
    }
  }

  /** The pair becomes a symbol in all words that hold it. */
  merge(pair: number, symbol: number): void {
    const left = Math.floor(pair / MOST_SYMBOLS);
    const right = pair % MOST_SYMBOLS;
    const { starts, counts } = this.#words;
    for (const w of this.#where.get(pair) ?? []) {
      // Merges since then may have taken it from the word.
      if (!this.#holds(w, left, right)) continue;
      this.#count(w, -counts[w]!, -1);
      this.#lengths[w] = mergeWord(this.#symbols, starts[w]!, this.#lengths[w]!, left, right, symbol);
      this.#count(w, counts[w]!, symbol);
    }
    this.counts.delete(pair);
    this.#where.delete(pair);
  }

  #holds(w: number, left: number, right: number): boolean {
    const end = this.#words.starts[w]! + this.#lengths[w]! - 1;
    for (let i = this.#words.starts[w]!; i < end; i++)
      if (this.#symbols[i] === left && this.#symbols[i + 1] === right) return true;
    return false;
  }
}

/** M merges to `out`. */
export function trainIncremental(words: Words, out: Int32Array, M: number): void {
  const pairs = new PairCounts(words);
  out.fill(-1);
  for (let m = 0; m < M; m++) {
    let best = -1;
    let most = 0;
    for (const [pair, count] of pairs.counts) {
      if (count > most || (count === most && count > 0 && pair < best)) {
        most = count;
        best = pair;
      }
    }
    if (best < 0) return;
    out[2 * m] = Math.floor(best / MOST_SYMBOLS);
    out[2 * m + 1] = best % MOST_SYMBOLS;
    pairs.merge(best, ALPHABET + m);
  }
}

export const incremental = defineVariant<Words, BpeTrainShape>({
  name: 'incremental',
  backend: 'js',
  idea: 'pairs are counted once; a merge takes the pairs of the words that hold it from the counts, and adds those that they have then',
  prepare: (words, { M }) => integerVariant(new Int32Array(2 * M), (out) => trainIncremental(words, out, M)),
});
