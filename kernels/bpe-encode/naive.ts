import { ALPHABET } from '../bpe-train/words.ts';
import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';

/** Ranks of merges by pair, as text. */
export function ranksByText(merges: Int32Array): Map<string, number> {
  const ranks = new Map<string, number>();
  for (let m = 0; 2 * m < merges.length; m++)
    if (merges[2 * m]! >= 0) ranks.set(`${merges[2 * m]},${merges[2 * m + 1]}`, m);
  return ranks;
}

/** The tokens of a word: looks up all pairs of it for each merge. */
export function encodeNaive(word: readonly number[], ranks: ReadonlyMap<string, number>): readonly number[] {
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < word.length; i++) {
      const rank = ranks.get(`${word[i]},${word[i + 1]}`) ?? Number.POSITIVE_INFINITY;
      if (rank < best) {
        best = rank;
        at = i;
      }
    }
    if (at < 0) return word;
    word = [...word.slice(0, at), ALPHABET + best, ...word.slice(at + 2)];
  }
}

export const naive = defineVariant<BpeEncodeInput, BpeEncodeShape>({
  name: 'naive',
  backend: 'js',
  idea: 'looks up all pairs of a word as text, builds the word anew with the best of them merged, and begins again; the map of merges is made beforehand, as a model keeps it',
  prepare: ({ words: { symbols, starts }, merges }, { W }) => {
    const ranks = ranksByText(merges);
    return countedVariant(new Int32Array(symbols.length), (out) => {
      let n = 0;
      for (let w = 0; w < W; w++) {
        const tokens = encodeNaive(Array.from(symbols.subarray(starts[w], starts[w + 1])), ranks);
        for (const token of tokens) out[n++] = token;
      }
      return n;
    });
  },
});
