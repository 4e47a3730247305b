import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { bigint } from './bigint.ts';
import { capacityOf, MOST_TOTAL } from './constants.ts';
import { fields } from './fields.ts';
import { locals } from './locals.ts';
import { naive } from './naive.ts';
import { arithmeticCoderReference } from './reference.ts';
import { runs } from './runs.ts';
import { straddling } from './straddling.ts';
import { wasm } from './wasm.ts';

/** Symbols to encode, and what the counts of a table sum to (at most 2^21). */
export type CoderShape = { readonly N: number; readonly T: number };

/** Symbol n has the counts from low[n] to high[n], 0 ≤ low < high ≤ T, in the table that the model made for it. */
export interface CoderInput {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Intervals whose width is width() and whose place is at random. */
function intervals({ N, T }: CoderShape, rng: Rng, width: () => number): CoderInput {
  const low = new Int32Array(N);
  const high = new Int32Array(N);
  for (let n = 0; n < N; n++) {
    const w = Math.min(Math.max(1, Math.floor(width())), T);
    low[n] = rng.integer(T - w + 1);
    high[n] = low[n]! + w;
  }
  return { low, high };
}

/**
 * The encoder of Witten, Neal and Cleary ("Arithmetic Coding for Data Compression", 1987) with 32-bit bounds: a bit is written when
 * both bounds agree on it, and where they close in on the middle from both sides bits wait for the one that decides them.
 *
 * Each symbol narrows the interval of the one before: no threads, no GPU, no vectors. WASM is here for its 64-bit integers.
 */
export const arithmeticCoder = defineKernel<CoderInput, CoderShape>({
  name: 'arithmetic-coder',
  formula:
    'out = bytes, and the bits of a number in the interval that low[N] / T and high[N] / T narrow [0, 2^32) to',
  ledger: ['S1-27', 'S1-28'],
  cases: [
    { shape: { N: 1, T: 1_000_000 }, from: 'one symbol' },
    { shape: { N: 7, T: 2 }, from: 'the smallest total, odd' },
    { shape: { N: 257, T: 1_000_000 }, from: 'a page of bytes and an end' },
    { shape: { N: 1000, T: 2 ** 21 }, from: 'the largest total: products reach 2^53' },
    { shape: { N: 4096, T: 1_000_000 }, from: 'a neural compressor: 4 KiB of text' },
  ],
  validate({ T }) {
    if (!Number.isSafeInteger(T) || T < 2 || T > MOST_TOTAL)
      throw new Error(
        `arithmetic-coder: a total of ${T}; it can be 2 to ${MOST_TOTAL}, else products are not exact`,
      );
  },
  // Shares from all to a thousandth, their logarithms evenly: five bits a symbol.
  inputs: (shape, rng) => intervals(shape, rng, () => shape.T * 2 ** (-10 * rng.uniform())),
  hostile: {
    'symbols with one count': (shape, rng) => intervals(shape, rng, () => 1),
    'symbols with nearly all counts': (shape, rng) => intervals(shape, rng, () => shape.T - rng.integer(2)),
    'the first symbol only: low stays 0': ({ N, T }) => ({
      low: new Int32Array(N),
      high: new Int32Array(N).fill(Math.max(1, T >> 3)),
    }),
    'the last symbol only: high stays at the top': ({ N, T }) => ({
      low: new Int32Array(N).fill(T - 1),
      high: new Int32Array(N).fill(T),
    }),
    'all straddle the middle: tens of thousands of bits wait': ({ N, T }) =>
      straddling(N, T, () => undefined),
    'straddles that end up or down': ({ N, T }, rng) =>
      straddling(N, T, () => (rng.integer(40) === 0 ? rng.integer(2) : undefined)),
  },
  learned: [
    'Float64 is exact here, and BigInt takes twice the time of the same loop in an object, three times that in local variables.',
    'Local variables are worth a third of the time of fields; to write all bits of a symbol together is worth more: 2.4 times.',
  ],
  reference: arithmeticCoderReference,
  outputLength: ({ N }) => 1 + capacityOf(N),
  tolerance: { metric: 'abs', bound: 0, why: 'bits: a decoder needs every one of them' },
  // Two products, two quotients and three sums a symbol; renewing the bounds costs with the bits.
  work: ({ N }) => ({ flops: 7 * N, bytes: 8 * N + (5 * N) / 8 }),
  arithmetic: 'f64',
  where: (_, __, index) => (index === 0 ? 'the number of bytes' : `byte ${index - 1}`),
  variants: [naive, fields, locals, runs, bigint, wasm],
});
