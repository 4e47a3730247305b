import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { BpeTrainShape } from './index.ts';
import { ALPHABET, MOST_SYMBOLS, type Words } from './words.ts';

/** Merges (left, right) to `symbol` in place in the word of `length` symbols at `at`; returns how many are left. */
export function mergeWord(
  symbols: Int32Array,
  at: number,
  length: number,
  left: number,
  right: number,
  symbol: number,
): number {
  let to = at;
  const end = at + length;
  for (let i = at; i < end; i++) {
    const s = symbols[i]!;
    if (s === left && i + 1 < end && symbols[i + 1] === right) {
      symbols[to++] = symbol;
      i++;
    } else symbols[to++] = s;
  }
  return to - at;
}

/** M merges to `out`, of pairs that are counted anew for each. */
export function trainRecount(words: Words, out: Int32Array, M: number): void {
  const { starts, counts } = words;
  const symbols = words.symbols.slice();
  const lengths = counts.map((_, w) => starts[w + 1]! - starts[w]!);
  const pairs = new Map<number, number>();
  out.fill(-1);
  for (let m = 0; m < M; m++) {
    pairs.clear();
    for (let w = 0; w < counts.length; w++) {
      const end = starts[w]! + lengths[w]! - 1;
      for (let i = starts[w]!; i < end; i++) {
        const pair = symbols[i]! * MOST_SYMBOLS + symbols[i + 1]!;
        pairs.set(pair, (pairs.get(pair) ?? 0) + counts[w]!);
      }
    }
    let best = -1;
    let most = 0;
    for (const [pair, count] of pairs) {
      // The smaller left symbol, then the smaller right one, is the smaller integer.
      if (count > most || (count === most && pair < best)) {
        most = count;
        best = pair;
      }
    }
    if (best < 0) return;
    const left = Math.floor(best / MOST_SYMBOLS);
    const right = best % MOST_SYMBOLS;
    out[2 * m] = left;
    out[2 * m + 1] = right;
    for (let w = 0; w < counts.length; w++)
      lengths[w] = mergeWord(symbols, starts[w]!, lengths[w]!, left, right, ALPHABET + m);
  }
}

export const recount = defineVariant<Words, BpeTrainShape>({
  name: 'recount',
  backend: 'js',
  idea: 'the same with a pair as one integer, and words that are merged in place: no strings, no arrays, and as many steps',
  prepare: (words, { M }) => integerVariant(new Int32Array(2 * M), (out) => trainRecount(words, out, M)),
});
