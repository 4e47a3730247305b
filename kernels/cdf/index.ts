import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { TOTAL } from './constants.ts';
import { float32 } from './float32.ts';
import { grow } from './grow.ts';
import { naive } from './naive.ts';
import { onePass } from './one-pass.ts';
import { cdfReference } from './reference.ts';
import { remainderFirst } from './remainder-first.ts';
import { scan } from './scan.ts';
import { simd } from './simd.ts';
import { skip } from './skip.ts';
import { truncate } from './truncate.ts';

/** Symbols; at most 10^6, since each has a count. */
export type CdfShape = { readonly S: number };

/** Probabilities of a softmax of `S` normal logits, as float32; they sum to 1 within S · 2^-25. */
function softmaxed({ S }: CdfShape, rng: Rng): Float32Array {
  const weights = Array.from(normals(rng, S, 2), Math.exp);
  const sum = weights.reduce((a, b) => a + b);
  return Float32Array.from(weights, (w) => w / sum);
}

/**
 * Cumulative frequencies for an arithmetic coder: integers that encoder and decoder must find alike, so that the table is exact.
 * The probabilities are not negative, no NaN, and sum to at most S / (S − 1) (then the largest count stays above 0).
 *
 * One table is less than a microsecond of work: waking a thread costs ten times as much, and a dispatch to a GPU a hundred times,
 * so that there are no such variants.
 */
export const cdf = defineKernel<Float32Array, CdfShape>({
  name: 'cdf',
  formula: `out[S+1] = 0 and the running sum of 1 + ⌊p[S] · (${TOTAL} − S)⌋, the largest count changed so that the last is ${TOTAL}`,
  ledger: ['S1-3', 'S1-26'],
  cases: [
    { shape: { S: 1 }, from: 'one symbol' },
    { shape: { S: 3 }, from: 'odd, less than a vector' },
    { shape: { S: 4 }, from: 'one vector' },
    { shape: { S: 17 }, from: 'odd, tile + 1' },
    { shape: { S: 255 }, from: 'tile − 1' },
    { shape: { S: 256 }, from: 'the bytes of a neural compressor' },
    { shape: { S: 257 }, from: 'bytes and an end' },
    { shape: { S: 32000 }, from: 'TinyLlama 1.1B: its vocabulary' },
  ],
  validate({ S }) {
    if (!Number.isSafeInteger(S) || S < 1 || S > TOTAL)
      throw new Error(`cdf: ${S} symbols; there can be 1 to ${TOTAL}, each with a count of its own`);
  },
  inputs: softmaxed,
  hostile: {
    'one symbol has all: nothing is missing': ({ S }) =>
      new Float32Array(S).map((_, i) => (i === S >> 1 ? 1 : 0)),
    'a sum above 1, and symbol 0 with nothing': (shape, rng) => {
      const p = softmaxed(shape, rng);
      if (shape.S > 1) p[0] = 0;
      const sum = p.reduce((a, b) => a + b);
      const factor = (1 + Math.min(0.002, 0.5 / shape.S)) / sum;
      return p.map((v) => v * factor);
    },
    'all 0: all is missing': ({ S }) => new Float32Array(S),
    'all equal: the first is the largest': ({ S }) => new Float32Array(S).fill(1 / S),
    'denormals beside one': ({ S }, rng) =>
      normals(rng, S).map((v, i) => (i === S - 1 ? 1 : Math.abs(v) * 1e-40)),
  },
  learned: [
    'What pays in Python, to make a list and put 0 in front of it, costs in JavaScript: arrays that grow take 6 times as long as one that is there.',
    'Truncation takes two thirds of the time of Math.floor, for the same integers; to ask first whether anything is missing gains nothing.',
  ],
  reference: cdfReference,
  outputLength: ({ S }) => S + 1,
  tolerance: {
    metric: 'abs',
    bound: 0,
    why: 'integers: p · (10^6 − S) has 24 + 20 significant bits and is exact in float64',
  },
  // A product, and two sums (the total and the running one).
  work: ({ S }) => ({ flops: 3 * S, bytes: 4 * S + 4 * (S + 1) }),
  arithmetic: 'f64',
  where: (p, _, index) => `entry ${index}, of symbols up to p = ${p[index - 1]}`,
  variants: [naive, grow, scan, truncate, onePass, skip, simd, float32, remainderFirst],
});
