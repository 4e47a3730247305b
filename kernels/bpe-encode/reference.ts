import type { Reference } from '../kernel.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';

/** The merges one after the other, in the order in which they were learned, each wherever it applies. */
export function bpeEncodeReference(
  { words, merges }: BpeEncodeInput,
  { W, L, M }: BpeEncodeShape,
): Reference {
  const tokens: number[] = [];
  for (let w = 0; w < W; w++) {
    let word = Array.from(words.symbols.subarray(words.starts[w], words.starts[w + 1]));
    for (let m = 0; m < M; m++) {
      const merged: number[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === merges[2 * m] && word[i + 1] === merges[2 * m + 1]) {
          merged.push(27 + m);
          i++;
        } else merged.push(word[i]!);
      }
      word = merged;
    }
    tokens.push(...word);
  }
  const values = new Float64Array(1 + W * (L + 1));
  values[0] = tokens.length;
  values.set(tokens, 1);
  return { values };
}
