import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import type { BpeTrainShape } from './index.ts';
import { ALPHABET, type Words } from './words.ts';

/** M merges, each from pairs that are counted anew. */
export function trainNaive({ symbols, starts, counts }: Words, M: number): number[] {
  const words = Array.from(counts, (_, w) => Array.from(symbols.subarray(starts[w], starts[w + 1])));
  const merges: number[] = [];
  for (let m = 0; m < M; m++) {
    const pairs = new Map<string, { left: number; right: number; count: number }>();
    words.forEach((word, w) => {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]},${word[i + 1]}`;
        const pair = pairs.get(key);
        if (pair) pair.count += counts[w]!;
        else pairs.set(key, { left: word[i]!, right: word[i + 1]!, count: counts[w]! });
      }
    });
    let best = { left: -1, right: -1, count: 0 };
    for (const pair of pairs.values()) {
      const { left, right, count } = pair;
      const isFirst = left < best.left || (left === best.left && right < best.right);
      if (count > best.count || (count === best.count && isFirst)) best = pair;
    }
    merges.push(best.left, best.right);
    if (best.count === 0) continue;
    words.forEach((word, w) => {
      const merged: number[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === best.left && word[i + 1] === best.right) {
          merged.push(ALPHABET + m);
          i++;
        } else merged.push(word[i]!);
      }
      words[w] = merged;
    });
  }
  return merges;
}

export const naive = defineVariant<Words, BpeTrainShape>({
  name: 'naive',
  backend: 'js',
  idea: 'for each merge all pairs of all words are counted in a map by strings, and all words are built anew',
  prepare: (words, { M }) => freshVariant(2 * M, () => trainNaive(words, M)),
});
