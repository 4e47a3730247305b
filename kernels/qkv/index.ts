/**
 * Queries, keys and values of an attention layer from its input: three products with the same left side, whose weights may as well be
 * stacked and be one. Fusing saves no operation and no byte of weights. What it can save is two of three calls (waking threads,
 * dispatches), and reading the input three times; what it costs is that a token's queries, keys and values lie in one row.
 *
 * Variants come in pairs around one loop: with `split` three calls on three matrices, without it one call on the stacked one. Both
 * write the rows that the formula has, so that split ones step over the columns of the others.
 */
import { defineKernel } from '../kernel.ts';
import { normals, type Rng, uniforms } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { fused } from './fused.ts';
import { naive } from './naive.ts';
import { parallel, parallelSplit } from './parallel.ts';
import { qkvReference } from './reference.ts';
import { simd, simdSplit, simdSplitThreads, simdThreads } from './simd.ts';
import { webgpu, webgpuSplit } from './webgpu.ts';

/** Tokens, width of the model, columns of all query heads, and columns of all key heads, which are those of the value heads. */
export type QkvShape = { readonly T: number; readonly C: number; readonly Q: number; readonly G: number };

/** Row-major float32 without gaps: x is T × C; a matrix of weights has a row of C for each of its outputs, as models store them. */
export interface QkvInput {
  readonly x: Float32Array;
  readonly wq: Float32Array;
  readonly wk: Float32Array;
  readonly wv: Float32Array;
}

function plain({ T, C, Q, G }: QkvShape, rng: Rng): QkvInput {
  const weights = (rows: number) => uniforms(rng, rows * C, -1, 1);
  return { x: normals(rng, T * C), wq: weights(Q), wk: weights(G), wv: weights(G) };
}

const BOUND = 1.2e-7;

export const qkv = defineKernel<QkvInput, QkvShape>({
  name: 'qkv',
  formula: 'out[T, Q + 2·G] = [x·wqᵀ, x·wkᵀ, x·wvᵀ], x[T,C], wq[Q,C], wk[G,C], wv[G,C]',
  ledger: ['S4-25', 'S4-26'],
  cases: [
    { shape: { T: 1, C: 1, Q: 1, G: 1 }, from: 'one element' },
    { shape: { T: 2, C: 3, Q: 2, G: 1 }, from: 'fewer rows than threads and than a tile' },
    { shape: { T: 3, C: 17, Q: 5, G: 3 }, from: 'rows 4 + 1 and 4 − 1, columns 2 · 8 + 1, tokens 2 + 1' },
    { shape: { T: 4, C: 8, Q: 8, G: 4 }, from: 'whole tiles' },
    { shape: { T: 5, C: 129, Q: 13, G: 7 }, from: 'odd in each extent' },
    { shape: { T: 1, C: 1001, Q: 9, G: 3 }, from: 'one token, odd' },
    { shape: { T: 1, C: 576, Q: 576, G: 192 }, from: 'SmolLM2-135M: one token, three key heads for nine' },
    { shape: { T: 1, C: 768, Q: 768, G: 768 }, from: 'GPT-2 124M: one token, 7.1 MB', slow: true },
    { shape: { T: 32, C: 576, Q: 576, G: 192 }, from: 'SmolLM2-135M: a prompt of 32 tokens', slow: true },
    { shape: { T: 128, C: 576, Q: 576, G: 192 }, from: 'SmolLM2-135M: a prompt of 128 tokens', slow: true },
    { shape: { T: 32, C: 768, Q: 768, G: 768 }, from: 'GPT-2 124M: a prompt of 32 tokens', slow: true },
  ],
  inputs: plain,
  hostile: {
    'magnitudes from 1e-12 to 1e12 in a row': (shape, rng) => {
      const spread = (w: Float32Array) => w.map((v) => v * 10 ** (24 * rng.uniform() - 12));
      const { x, wq, wk, wv } = plain(shape, rng);
      return { x, wq: spread(wq), wk: spread(wk), wv: spread(wv) };
    },
    'a NaN in the last row of values, an Infinity in the first of queries, a token of zeros': (
      shape,
      rng,
    ) => {
      const input = plain(shape, rng);
      input.wv[(shape.G - 1) * shape.C + (shape.C >> 1)] = Number.NaN;
      input.wq[shape.C - 1] = Number.POSITIVE_INFINITY;
      input.x.fill(0, (shape.T - 1) * shape.C);
      return input;
    },
    'keys without weights, large values': (shape, rng) => {
      const input = plain(shape, rng);
      return { ...input, wk: input.wk.fill(-0), wv: input.wv.map((v) => v * 1e30) };
    },
    denormals: (shape, rng) => {
      const input = plain(shape, rng);
      return { ...input, x: input.x.map((v) => v * 1e-40) };
    },
  },
  learned: [
    'In one thread fusing is worth nothing that could be told from noise: the weights are read once either way, and the input stays in the first cache.',
    'On two threads of a machine that others kept busy the fused product was 2.4 times as fast for one token (interval 1.2 to 4.8) and 1.4 times for 32 (0.9 to 2.1): each of three wakings may find the other core taken.',
  ],
  reference: (input, shape) => qkvReference(input, shape, BOUND),
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'as of `matvec`: two roundings (2 · 2^-24) relative to √C · Σ|w · x|; denormals may count as 0',
  },
  work: ({ T, C, Q, G }) => {
    const rows = Q + 2 * G;
    return { flops: 2 * T * C * rows, bytes: 4 * (T * C + rows * C + T * rows) };
  },
  where: (_, { Q, G }, index) => {
    const [token, column] = [Math.floor(index / (Q + 2 * G)), index % (Q + 2 * G)];
    if (column < Q) return `token ${token}, query ${column}`;
    return column < Q + G ? `token ${token}, key ${column - Q}` : `token ${token}, value ${column - Q - G}`;
  },
  variants: [
    naive,
    fused,
    blocked,
    parallelSplit,
    parallel,
    simdSplit,
    simd,
    simdSplitThreads,
    simdThreads,
    webgpuSplit,
    webgpu,
  ],
});
