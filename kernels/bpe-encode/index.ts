import { trainHeap } from '../bpe-train/heap.ts';
import { END, toWords, type Words, wordsOfSyllables, zipf } from '../bpe-train/words.ts';
import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { firstMerge } from './first-merge.ts';
import { heap } from './heap.ts';
import { longestMatch } from './longest-match.ts';
import { naive } from './naive.ts';
import { bpeEncodeReference } from './reference.ts';
import { scan } from './scan.ts';

/** Words, letters of each, and merges of the vocabulary. */
export type BpeEncodeShape = { readonly W: number; readonly L: number; readonly M: number };

export interface BpeEncodeInput {
  /** W words of L letters and the mark that ends a word. */
  readonly words: Words;
  /** `[M, 2]`: merge m makes the pair (left, right) the symbol 27 + m; (−1, −1) makes none. No pair stands twice. */
  readonly merges: Int32Array;
}

/** Merges that were learned from words like these. */
function inputs({ W, L, M }: BpeEncodeShape, rng: Rng): BpeEncodeInput {
  const merges = new Int32Array(2 * M);
  const text = wordsOfSyllables(rng, 200 + W, () => 2 + rng.integer(9));
  trainHeap(toWords(text.slice(0, 200), zipf(200)), merges, M);
  const letters = text.flat();
  const words = Array.from({ length: W }, () => {
    const from = rng.integer(Math.max(1, letters.length - L));
    const word = Array.from({ length: L }, (_, i) => letters[(from + i) % letters.length]!);
    return [...word.map((letter) => (letter === END ? 0 : letter)), END];
  });
  return { words: toWords(words, new Array<number>(W).fill(1)), merges };
}

/** M merges that pair letter 0 with itself: 0 0, then that twice, and so on, as far as they go. */
function doubling({ W, L, M }: BpeEncodeShape): BpeEncodeInput {
  const merges = new Int32Array(2 * M).fill(-1);
  for (let m = 0; m < Math.min(M, 12); m++) merges.fill(m === 0 ? 0 : END + m, 2 * m, 2 * m + 2);
  const words = Array.from({ length: W }, () => [...new Array<number>(L).fill(0), END]);
  return { words: toWords(words, new Array<number>(W).fill(1)), merges };
}

/**
 * Tokens of words by the merges of a byte-pair encoding: of all pairs in a word that has a merge, the one that was learned first is
 * merged, the leftmost of equals, until there is none.
 *
 * What can be merged next depends on what was; words may be shared among workers by whoever has many. No SIMD or GPU: each step is a
 * look-up in a hash table.
 */
export const bpeEncode = defineKernel<BpeEncodeInput, BpeEncodeShape>({
  name: 'bpe-encode',
  formula:
    'out = the number of tokens, and the tokens of W words of L letters under M merges, the first learned applied first',
  ledger: ['S2-39'],
  learned: [
    'A heap of ranks is 37 times as fast as a pass over them for a word of 1000 letters. The greedy walk from left to right is six times as fast as the heap, and gives other tokens.',
  ],
  cases: [
    { shape: { W: 1, L: 1, M: 1 }, from: 'one letter' },
    { shape: { W: 3, L: 2, M: 5 }, from: 'small, odd' },
    { shape: { W: 100, L: 7, M: 256 }, from: 'the words of a paragraph' },
    { shape: { W: 1, L: 1000, M: 256 }, from: 'a line without spaces, such as base64' },
  ],
  inputs,
  hostile: {
    'one letter, and merges that double it': doubling,
    'no merge applies': (shape, rng) => ({
      ...inputs(shape, rng),
      merges: new Int32Array(2 * shape.M).fill(-1),
    }),
    'the second merge overlaps the first': ({ W, L, M }, rng) => {
      // (b, c) before (a, b): "abc" is a·bc, where a greedy pass from the left makes ab·c.
      const merges = new Int32Array(2 * M).fill(-1);
      merges.set([1, 2, 0, 1].slice(0, 2 * M));
      const words = Array.from({ length: W }, () => [
        ...Array.from({ length: L }, (_, i) => (rng.integer(4) === 0 ? rng.integer(3) : i % 3)),
        END,
      ]);
      return { words: toWords(words, new Array<number>(W).fill(1)), merges };
    },
  },
  reference: bpeEncodeReference,
  outputLength: ({ W, L }) => 1 + W * (L + 1),
  tolerance: { metric: 'abs', bound: 0, why: 'integers: the order of merges decides all' },
  // A look-up for each pair at the start, and two for each merge, of which there are fewer than letters.
  work: ({ W, L, M }) => ({ flops: 3 * W * L, bytes: 4 * (2 * W * (L + 1) + 2 * M) }),
  where: (_, __, index) => (index === 0 ? 'the number of tokens' : `token ${index - 1}`),
  variants: [naive, scan, heap, firstMerge, longestMatch],
});
