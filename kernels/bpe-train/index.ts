import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { heap } from './heap.ts';
import { incremental } from './incremental.ts';
import { naive } from './naive.ts';
import { recount } from './recount.ts';
import { bpeTrainReference } from './reference.ts';
import { ALPHABET, END, MOST_SYMBOLS, toWords, type Words, wordsOfSyllables, zipf } from './words.ts';

/** Distinct words, and merges to learn. */
export type BpeTrainShape = { readonly W: number; readonly M: number };

const lengths = (rng: Rng) => () => 2 + rng.integer(9);

/**
 * Byte-pair encoding (Sennrich, Haddow and Birch, 2016): the most frequent pair of neighbours becomes a symbol, M times. Merge m makes
 * the symbol 27 + m. Pairs overlap in a run of equal symbols and count each time; of equally frequent pairs that with the smaller left
 * symbol is taken, then that with the smaller right one. Where no pair is left the merge is (−1, −1).
 *
 * Each merge depends on the one before, and what is left to do in one is a few words: no threads, no GPU; hash tables are nothing for
 * SIMD.
 */
export const bpeTrain = defineKernel<Words, BpeTrainShape>({
  name: 'bpe-train',
  formula:
    'out[M,2] = the most frequent pair of neighbours in W words, again and again, each merged before the next',
  ledger: ['S2-38'],
  learned: [
    'To count pairs once and keep the counts right is 4.2 times as fast as to count anew for each of 100 merges; integers instead of strings had given 2.1. A heap of counts does not pay at so few merges.',
  ],
  cases: [
    { shape: { W: 1, M: 1 }, from: 'one word' },
    { shape: { W: 3, M: 50 }, from: 'more merges than there are pairs' },
    { shape: { W: 57, M: 33 }, from: 'odd' },
    { shape: { W: 300, M: 100 }, from: 'the words of a page' },
    { shape: { W: 5000, M: 1000 }, from: 'the words of a book', slow: true },
  ],
  validate({ M }) {
    if (!(ALPHABET + M <= MOST_SYMBOLS))
      throw new Error(`bpe-train: ${M} merges; there can be ${MOST_SYMBOLS - ALPHABET}`);
  },
  inputs: ({ W }, rng) => toWords(wordsOfSyllables(rng, W, lengths(rng)), zipf(W)),
  hostile: {
    'one letter: pairs overlap': ({ W }, rng) =>
      toWords(
        Array.from({ length: W }, () => [...new Array<number>(1 + rng.integer(12)).fill(0), END]),
        zipf(W),
      ),
    'equal counts: ties': ({ W }, rng) =>
      toWords(
        wordsOfSyllables(rng, W, lengths(rng)),
        zipf(W).map(() => 1),
      ),
    'words of one symbol: no pairs': ({ W }) =>
      toWords(
        Array.from({ length: W }, () => [END]),
        zipf(W),
      ),
  },
  reference: bpeTrainReference,
  outputLength: ({ M }) => 2 * M,
  tolerance: { metric: 'abs', bound: 0, why: 'integers: ties are decided' },
  // What must be looked at once: seven symbols a word.
  work: ({ W, M }) => ({ flops: 7 * W, bytes: 4 * (7 * W + 2 * W + 2 * M) }),
  where: (_, __, index) => `merge ${index >> 1}, ${index % 2 === 0 ? 'left' : 'right'}`,
  variants: [naive, recount, incremental, heap],
});
