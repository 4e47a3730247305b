import { defineKernel } from '../kernel.ts';
import { flash } from './flash.ts';
import { HOSTILE, ordinary } from './inputs.ts';
import { maskOff } from './mask-off.ts';
import { maskBillion, maskInfinity } from './masked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { attentionReference } from './reference.ts';
import { rows } from './rows.ts';
import { scaleWidth } from './scale-width.ts';
import { simd, simdThreads } from './simd.ts';
import { BOUND } from './tolerance.ts';
import { webgpu } from './webgpu.ts';

/**
 * Queries, keys (the last T of them belong to the queries' own tokens, those before them were cached), heads of the queries, heads
 * of keys and values (G = H: multi-head; G = 1: multi-query; between them: grouped), elements of a head.
 */
export type AttentionShape = {
  readonly T: number;
  readonly S: number;
  readonly H: number;
  readonly G: number;
  readonly D: number;
};

/** Row-major float32 as projections write them, token by token. Head h reads head ⌊h · G / H⌋ of k and v. */
export interface AttentionInput {
  /** `[T, H, D]` */
  readonly q: Float32Array;
  /** `[S, G, D]` */
  readonly k: Float32Array;
  /** `[S, G, D]` */
  readonly v: Float32Array;
}

/** Pairs of a query and a key that it sees: query t sees the keys 0 … S − T + t. */
export function visiblePairs({ T, S }: AttentionShape): number {
  return T * (S - T) + (T * (T + 1)) / 2;
}

/**
 * Causal attention of a prompt, or of a part of one behind cached keys. What a query may not see cannot change its output: a NaN in
 * a later token stays there. A visible NaN makes a query's head NaN, and so does a query whose scores are all −Infinity.
 */
export const attention = defineKernel<AttentionInput, AttentionShape>({
  name: 'attention',
  formula:
    'out[T,H,D] = Σ_S softmax_S(q[T,H,D] · k[S,G,D] / √D) · v[S,G,D], query t seeing keys up to S − T + t',
  ledger: ['S2-30', 'S3-11', 'S4-12', 'S4-25', 'S4-57'],
  learned: [
    'Tiles with an online softmax are 1.5 times as fast as a row of scores at a time, in JavaScript; SIMD gives 14 more, because both products become those of a matmul.',
    'In Node 22 the inner loop of simd spills ten registers for 24 multiply-adds, where Node 24 spills none for 36 (npx zoo profile attention/simd --code --case T=512,S=512,H=8,G=8,D=64 --runtime node@22): that is why it reaches half of its share of the peak there.',
  ],
  cases: [
    { shape: { T: 1, S: 1, H: 1, G: 1, D: 1 }, from: 'one element' },
    { shape: { T: 7, S: 7, H: 3, G: 1, D: 3 }, from: 'query tile 6 + 1, key tile 8 − 1, odd; multi-query' },
    { shape: { T: 5, S: 22, H: 2, G: 2, D: 17 }, from: 'query tile − 1 behind 17 cached keys, head 16 + 1' },
    { shape: { T: 33, S: 33, H: 4, G: 2, D: 16 }, from: 'key block 32 + 1, two heads to a group' },
    { shape: { T: 3, S: 259, H: 2, G: 1, D: 24 }, from: 'key block 256 + 3, fewer queries than a tile' },
    { shape: { T: 32, S: 32, H: 12, G: 12, D: 64 }, from: 'GPT-2 124M: prompt of 32' },
    { shape: { T: 67, S: 67, H: 9, G: 3, D: 64 }, from: 'SmolLM2-135M: prompt of 67, two tiles of 32 + 3' },
    { shape: { T: 6, S: 134, H: 32, G: 4, D: 64 }, from: 'TinyLlama 1.1B: 6 tokens behind 128' },
    { shape: { T: 128, S: 128, H: 9, G: 3, D: 64 }, from: 'SmolLM2-135M: prompt of 128', slow: true },
    { shape: { T: 512, S: 512, H: 8, G: 8, D: 64 }, from: 'width 512, prompt of 512', slow: true },
    { shape: { T: 2048, S: 2048, H: 8, G: 8, D: 64 }, from: 'width 512, prompt of 2048', slow: true },
  ],
  validate({ T, S, H, G }) {
    if (S < T) throw new Error(`attention: ${S} keys for ${T} queries, and each query has a key of its own`);
    if (H % G !== 0) throw new Error(`attention: ${H} heads do not divide into ${G} groups`);
  },
  inputs: ordinary,
  hostile: HOSTILE,
  reference: attentionReference,
  outputLength: ({ T, H, D }) => T * H * D,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to Σ p |v| (1 + a + Σ p a), a = Σ |q k| / √D being what the rounding of a score grows with: √64 times 2^-24 and half as much again, see tolerance.ts; numbers below 2^-126 may count as 0',
  },
  // Two products of depth D a pair; the exponentials (one a pair) are not counted.
  work: (shape) => ({
    flops: 4 * shape.H * shape.D * visiblePairs(shape),
    bytes: 8 * shape.D * (shape.T * shape.H + shape.S * shape.G),
  }),
  where: (_, { H, D }, index) =>
    `token ${Math.floor(index / (H * D))}, head ${Math.floor(index / D) % H}, element ${index % D}`,
  variants: [
    naive,
    maskBillion,
    maskInfinity,
    maskOff,
    scaleWidth,
    rows,
    flash,
    parallel,
    simd,
    simdThreads,
    webgpu,
    ...peers,
  ],
});
