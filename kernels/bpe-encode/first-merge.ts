import { ALPHABET } from '../bpe-train/words.ts';
import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';
import { PairTable } from './pair-table.ts';

/** What the exhibits are off by: a token stands where another does, or none. */
export const OTHER_TOKENS = 1000;

/** From left to right, a token takes in the symbol behind it as long as the two have a merge. */
export function encodeFirstMerge(
  symbols: Int32Array,
  from: number,
  to: number,
  table: PairTable,
  out: Int32Array,
  at: number,
): number {
  let n = at;
  let token = symbols[from]!;
  for (let i = from + 1; i < to; i++) {
    const rank = table.rank(token, symbols[i]!);
    if (rank >= 0) token = ALPHABET + rank;
    else {
      out[n++] = token;
      token = symbols[i]!;
    }
  }
  out[n++] = token;
  return n - at;
}

export const firstMerge = defineVariant<BpeEncodeInput, BpeEncodeShape>({
  name: 'first-merge',
  backend: 'js',
  idea: 'greedily from left to right, whatever merge applies: with (b, c) learned before (a, b) it makes ab·c of "abc", which is a·bc; a model was trained on other tokens',
  exhibit: true,
  tolerance: {
    metric: 'abs',
    bound: OTHER_TOKENS,
    why: 'other tokens: their number is off by less than the 1001 symbols of a word, and theirs are below 27 + 256',
  },
  prepare: ({ words: { symbols, starts }, merges }, { W }) => {
    const table = new PairTable(merges);
    return countedVariant(new Int32Array(symbols.length), (out) => {
      let n = 0;
      for (let w = 0; w < W; w++) n += encodeFirstMerge(symbols, starts[w]!, starts[w + 1]!, table, out, n);
      return n;
    });
  },
});
