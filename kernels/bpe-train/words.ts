import type { Rng } from '../lib/rng.ts';

/** Letters, of which the last is the mark that ends a word. */
export const ALPHABET = 27;
export const END = ALPHABET - 1;

/** Symbols, letters and merges together, are below this, so that a pair is an integer below 2^30. */
export const MOST_SYMBOLS = 1 << 15;

/** Words as symbols one behind the other: word w is symbols[starts[w]] to symbols[starts[w + 1]], and occurs counts[w] times. */
export interface Words {
  readonly symbols: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
}

export function toWords(words: readonly (readonly number[])[], counts: readonly number[]): Words {
  const starts = new Int32Array(words.length + 1);
  words.forEach((word, w) => {
    starts[w + 1] = starts[w]! + word.length;
  });
  return { symbols: Int32Array.from(words.flat()), starts, counts: Int32Array.from(counts) };
}

/** Letters of syllables, of which some are common, as in the words of a language; `length()` letters a word. */
export function wordsOfSyllables(rng: Rng, n: number, length: () => number): number[][] {
  const letter = () => Math.min(rng.integer(END), rng.integer(END));
  const syllables = Array.from({ length: 60 }, () => Array.from({ length: 2 + rng.integer(2) }, letter));
  return Array.from({ length: n }, () => {
    const letters = length();
    const word: number[] = [];
    while (word.length < letters) word.push(...syllables[Math.min(rng.integer(60), rng.integer(60))]!);
    return [...word.slice(0, letters), END];
  });
}

/** Counts as in a text: the word of rank r occurs in proportion to 1 / r (Zipf). */
export function zipf(n: number): number[] {
  return Array.from({ length: n }, (_, w) => 1 + Math.floor(5000 / (w + 1)));
}
