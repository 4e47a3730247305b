import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { oneHot } from './one-hot.ts';
import { overwrite } from './overwrite.ts';
import { BOUND, embeddingBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/** Tokens, the vocabulary, and features. */
export type EmbeddingBackwardShape = { readonly T: number; readonly V: number; readonly D: number };

export interface EmbeddingBackwardInput {
  /** Row of the table that each token took, `[T]`; some more than once. */
  readonly ids: Int32Array;
  /** The gradient with respect to the rows taken, `[T, D]`. */
  readonly g: Float32Array;
}

const make =
  (id: (V: number, rng: Rng) => number, change: (v: number) => number = (v) => v) =>
  ({ T, V, D }: EmbeddingBackwardShape, rng: Rng): EmbeddingBackwardInput => ({
    ids: Int32Array.from({ length: T }, () => id(V, rng)),
    g: normals(rng, T * D).map(change),
  });

/** Token ids as text has them: the square of a uniform number, so that small ids repeat. */
const textLike = (V: number, rng: Rng): number => Math.floor(V * rng.uniform() ** 2);

/**
 * The gradient of a table of embeddings: every token's gradient added to the row that it took, 0 elsewhere. It is a scatter; rows that
 * are taken twice get both. No workers: what threads give, `simd-threads` shows. No WebGPU: without atomic addition of floats a scatter
 * needs the ids sorted first, another algorithm.
 */
export const embeddingBackward = defineKernel<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'embedding-backward',
  formula: 'dE[V,D] = Σ_T g[T,D] where ids[T] = V',
  ledger: ['S2-50'],
  learned: [
    'Adding is not what costs: the variant that overwrites, and is wrong where an id repeats, is no faster than SIMD that adds.',
  ],
  cases: [
    { shape: { T: 1, V: 1, D: 1 }, from: 'one element' },
    { shape: { T: 7, V: 2, D: 15 }, from: 'tile − 1, every row repeated, fewer rows than threads' },
    { shape: { T: 3, V: 50, D: 17 }, from: 'tile + 1, most rows untouched' },
    { shape: { T: 128, V: 256, D: 128 }, from: 'a model of bytes, W-AIC: 128 tokens' },
    { shape: { T: 1024, V: 1024, D: 768 }, from: 'GPT-2 124M: learned positions, each once or more' },
    { shape: { T: 128, V: 49152, D: 576 }, from: 'SmolLM2-135M: 128 tokens', slow: true },
  ],
  inputs: make(textLike),
  hostile: {
    'one id throughout': make((V) => V - 1),
    'one id, all gradients equal': make(
      () => 0,
      () => 1.1,
    ),
    'gradients of 1e30': make(textLike, (v) => v * 1e30),
    'denormal gradients': make(textLike, (v) => v * 1e-40),
  },
  reference: embeddingBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to Σ|g|: up to 1024 additions in sequence in float32, which round by up to half an ULP of the sum so far; all the same way at worst where all are equal, by 2^-25 · 1024 / 2 over a binade',
  },
  work: ({ T, V, D }) => ({ flops: T * D, bytes: 4 * (T + T * D + V * D) }),
  where: (_, { D }, i) => `row ${Math.floor(i / D)}, feature ${i % D}`,
  variants: [naive, overwrite, oneHot, simd, simdThreads],
});
