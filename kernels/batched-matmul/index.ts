/**
 * Products of matrices side by side: what attention does for each head. Each is small, so that what a single product can hide
 * (packing, the start of threads, the rows left over from a tile) counts here.
 */
import { defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { batchedReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Products, rows of each a and c, columns of each b and c, and the depth. */
export type BatchedShape = {
  readonly B: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
};

/** Row-major float32 without gaps: a is B × M × K, b is B × K × N. */
export interface BatchedInput {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

function plain({ B, M, N, K }: BatchedShape, rng: Rng): BatchedInput {
  return { a: uniforms(rng, B * M * K, -1, 1), b: uniforms(rng, B * K * N, -1, 1) };
}

const BOUND = 1.2e-7;

export const batchedMatmul = defineKernel<BatchedInput, BatchedShape>({
  name: 'batched-matmul',
  formula: 'c[B,M,N] = Σ_K a[B,M,K] · b[B,K,N]',
  learned: [
    'Tiles of sums in registers are worth 2.6 in JavaScript, and ten more as SIMD. Two threads gain 1.7 on nine products, five for one and four for the other.',
  ],
  cases: [
    { shape: { B: 1, M: 1, N: 1, K: 1 }, from: 'one element' },
    {
      shape: { B: 2, M: 7, N: 9, K: 3 },
      from: 'fewer products than threads; tile + 1: rows 6 + 1, columns 8 + 1',
    },
    { shape: { B: 5, M: 5, N: 7, K: 17 }, from: 'tile − 1, odd' },
    { shape: { B: 3, M: 13, N: 33, K: 257 }, from: 'two tiles + 1, depth block + 1' },
    { shape: { B: 9, M: 1, N: 64, K: 128 }, from: 'SmolLM2-135M: attention of one token over 128 keys' },
    { shape: { B: 9, M: 32, N: 64, K: 32 }, from: 'SmolLM2-135M: attention weights · values, 32 tokens' },
    {
      shape: { B: 12, M: 128, N: 64, K: 128 },
      from: 'GPT-2 124M: attention weights · values, 128 tokens',
      slow: true,
    },
    {
      shape: { B: 32, M: 64, N: 512, K: 64 },
      from: 'TinyLlama 1.1B: queries · keys transposed, 64 tokens after 448',
      slow: true,
    },
  ],
  inputs: plain,
  hostile: {
    'magnitudes from 1e-12 to 1e12 in a row': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 10 ** (24 * rng.uniform() - 12)), b };
    },
    'a NaN at the end of a, an Infinity at the end of b': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      a[a.length - 1] = Number.NaN;
      b[b.length - 1] = Number.POSITIVE_INFINITY;
      return { a, b };
    },
    denormals: (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 1e-40), b };
    },
  },
  reference: (input, shape) => batchedReference(input, shape, BOUND),
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'two roundings (2 · 2^-24) relative to √K · Σ|a · b|: rounding errors of a sum in any order grow like a random walk (Higham & Mary 2019); denormals may count as 0',
  },
  work: ({ B, M, N, K }) => ({ flops: 2 * B * M * N * K, bytes: 4 * B * (M * K + K * N + M * N) }),
  where: (_, { M, N }, index) =>
    `product ${Math.floor(index / (M * N))}, row ${Math.floor(index / N) % M}, column ${index % N}`,
  variants: [naive, blocked, parallel, simd, simdThreads, webgpu],
});
