import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { binary } from './binary.ts';
import { bisectLeft } from './bisect-left.ts';
import { branchless } from './branchless.ts';
import { TOTAL } from './constants.ts';
import { naive } from './naive.ts';
import { cdfSearchReference } from './reference.ts';
import { simd } from './simd.ts';
import { table } from './table.ts';

/** Symbols of the table, and counts to look up in it. */
export type CdfSearchShape = { readonly S: number; readonly N: number };

export interface CdfSearchInput {
  /** Running sum of the counts of the symbols, S + 1 integers from 0 to {@link TOTAL}; a symbol of no width repeats an entry. */
  readonly cdf: Int32Array;
  /** N integers in [0, {@link TOTAL}). */
  readonly values: Int32Array;
}

/** A table in which symbol i has a share of about weight(i); `floor` is the least count. */
function tableOf(S: number, weight: (i: number) => number, floor = 1): Int32Array {
  const weights = Float64Array.from({ length: S }, (_, i) => weight(i));
  const sum = weights.reduce((a, b) => a + b);
  const cdf = new Int32Array(S + 1);
  for (let i = 0; i < S; i++)
    cdf[i + 1] = cdf[i]! + floor + Math.floor((weights[i]! / sum) * (TOTAL - S * floor));
  const missing = TOTAL - cdf[S]!;
  const largest = weights.indexOf(weights.reduce((a, b) => Math.max(a, b)));
  for (let i = largest + 1; i <= S; i++) cdf[i]! += missing;
  return cdf;
}

const anywhere = (N: number, rng: Rng) => Int32Array.from({ length: N }, () => rng.integer(TOTAL));

function inputs({ S, N }: CdfSearchShape, rng: Rng): CdfSearchInput {
  const logits = normals(rng, S, 2);
  return { cdf: tableOf(S, (i) => Math.exp(logits[i]!)), values: anywhere(N, rng) };
}

/**
 * The symbol in whose interval a count lies: what a decoder looks up for every symbol. A symbol of no width has no count and is never
 * chosen.
 *
 * Lookups depend on one another in a decoder (the next table comes from the symbol found), so that there is nothing to share among
 * threads or for a GPU, and WASM SIMD, which cannot gather, looks up one count at a time.
 */
export const cdfSearch = defineKernel<CdfSearchInput, CdfSearchShape>({
  name: 'cdf-search',
  formula: 'out[N] = the symbol s of S with cdf[s] ≤ value[N] < cdf[s + 1]',
  ledger: ['S1-7'],
  cases: [
    { shape: { S: 1, N: 1 }, from: 'one symbol' },
    { shape: { S: 2, N: 7 }, from: 'two symbols' },
    { shape: { S: 15, N: 33 }, from: 'tile − 1, odd' },
    { shape: { S: 16, N: 33 }, from: 'one tile' },
    { shape: { S: 17, N: 33 }, from: 'tile + 1, odd' },
    { shape: { S: 256, N: 1 }, from: 'a neural compressor: a new table of bytes for each byte' },
    { shape: { S: 256, N: 4096 }, from: 'a page of bytes coded with one table' },
    { shape: { S: 257, N: 1000 }, from: 'bytes and an end' },
    { shape: { S: 32000, N: 1 }, from: 'TinyLlama 1.1B: a new table of its vocabulary for each token' },
    { shape: { S: 32000, N: 128 }, from: 'TinyLlama 1.1B: 128 tokens coded with one table' },
  ],
  inputs,
  hostile: {
    'symbols of no width, the first and the last too': ({ S, N }, rng) => ({
      cdf: tableOf(S, (i) => (i === S >> 1 || (i > 0 && i < S - 1 && rng.uniform() < 0.2) ? 1 : 0), 0),
      values: anywhere(N, rng),
    }),
    'counts at the edges of intervals': (shape, rng) => {
      const { cdf } = inputs(shape, rng);
      const edge = () => cdf[rng.integer(shape.S + 1)]! - rng.integer(2);
      return {
        cdf,
        values: Int32Array.from({ length: shape.N }, () => Math.min(Math.max(edge(), 0), TOTAL - 1)),
      };
    },
    'edges beside symbols of no width': ({ S, N }, rng) => {
      const cdf = tableOf(S, (i) => (i === S - 1 || rng.uniform() < 0.3 ? 1 : 0), 0);
      return {
        cdf,
        values: Int32Array.from({ length: N }, () => Math.min(cdf[rng.integer(S + 1)]!, TOTAL - 1)),
      };
    },
    'the last symbol has all': ({ S, N }, rng) => ({
      cdf: tableOf(S, (i) => (i === S - 1 ? 1 : 0)),
      values: anywhere(N, rng).map((v, i) => (i % 3 === 0 ? TOTAL - 1 : v)),
    }),
  },
  learned: [
    'With one table for many lookups the halvings are bound by branches: masks make them 3 times as fast, sixteen comparisons at once 9 times.',
    'With a table a lookup, as an adaptive coder has it, making a table of buckets takes 70 times as long as the search.',
  ],
  reference: cdfSearchReference,
  tolerance: { metric: 'abs', bound: 0, why: 'integers: there is one right symbol' },
  // A comparison a halving.
  work: ({ S, N }) => ({ flops: N * Math.ceil(Math.log2(S + 1)), bytes: 4 * (S + 1) + 8 * N }),
  where: ({ values }, _, index) => `lookup ${index} of count ${values[index]}`,
  variants: [naive, binary, branchless, table, simd, bisectLeft],
});
