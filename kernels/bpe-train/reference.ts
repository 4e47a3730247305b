import type { Reference } from '../kernel.ts';
import type { BpeTrainShape } from './index.ts';
import type { Words } from './words.ts';

/** All pairs are counted anew for each merge, and sorted. */
export function bpeTrainReference({ symbols, starts, counts }: Words, { M }: BpeTrainShape): Reference {
  let words = Array.from(counts, (count, w) => ({
    count,
    word: [...symbols.slice(starts[w], starts[w + 1])],
  }));
  const values = new Float64Array(2 * M).fill(-1);
  for (let m = 0; m < M; m++) {
    const pairs: Record<string, number> = {};
    for (const { count, word } of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        pairs[pair] = (pairs[pair] ?? 0) + count;
      }
    }
    const best = Object.entries(pairs)
      .map(([pair, count]) => [count, ...pair.split(' ').map(Number)] as [number, number, number])
      .sort((a, b) => b[0] - a[0] || a[1] - b[1] || a[2] - b[2])[0];
    if (!best) break;
    const [, left, right] = best;
    values.set([left, right], 2 * m);
    words = words.map(({ count, word }) => {
      const merged: number[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) {
          merged.push(27 + m);
          i++;
        } else merged.push(word[i]!);
      }
      return { count, word: merged };
    });
  }
  return { values };
}
