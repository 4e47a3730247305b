import { ALPHABET } from '../bpe-train/words.ts';
import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';
import { PairTable } from './pair-table.ts';

/**
 * Encodes the n symbols at `out[at…]` in place and returns how many tokens are left. `ranks[i]` is the rank of the pair at i of the word;
 * a merge changes two of them.
 */
export function encodeScan(
  out: Int32Array,
  at: number,
  n: number,
  table: PairTable,
  ranks: Int32Array,
): number {
  for (let i = 0; i + 1 < n; i++) ranks[i] = table.rank(out[at + i]!, out[at + i + 1]!);
  for (;;) {
    let best = -1;
    let where = 0;
    for (let i = 0; i + 1 < n; i++) {
      const rank = ranks[i]!;
      if (rank >= 0 && (best < 0 || rank < best)) {
        best = rank;
        where = i;
      }
    }
    if (best < 0) return n;
    out[at + where] = ALPHABET + best;
    out.copyWithin(at + where + 1, at + where + 2, at + n);
    ranks.copyWithin(where + 1, where + 2, n - 1);
    n--;
    if (where > 0) ranks[where - 1] = table.rank(out[at + where - 1]!, out[at + where]!);
    if (where + 1 < n) ranks[where] = table.rank(out[at + where]!, out[at + where + 1]!);
  }
}

export const scan = defineVariant<BpeEncodeInput, BpeEncodeShape>({
  name: 'scan',
  backend: 'js',
  idea: 'typed arrays, a hash table of integers, and ranks that are kept: a merge looks up two pairs, and the best is found by a pass over the ranks; quadratic in the letters of a word',
  prepare: ({ words: { symbols, starts }, merges }, { W, L }) => {
    const table = new PairTable(merges);
    const ranks = new Int32Array(L + 1);
    return countedVariant(new Int32Array(symbols.length), (out) => {
      let n = 0;
      for (let w = 0; w < W; w++) {
        const length = starts[w + 1]! - starts[w]!;
        for (let i = 0; i < length; i++) out[n + i] = symbols[starts[w]! + i]!;
        n += encodeScan(out, n, length, table, ranks);
      }
      return n;
    });
  },
});
