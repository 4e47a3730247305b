import { defineKernel } from '../kernel.ts';
import {
  hostileProducts,
  ordinary,
  PRODUCT_QUANTS,
  type ProductInput,
  WITHOUT_LLAMA_CPP,
} from '../lib/qproduct.ts';
import { checkQuant, type Quant, quantBytes } from '../lib/quant.ts';
import { productReference } from '../qmatmul/reference.ts';
import { cached } from './cached.ts';
import { cachedSimd } from './cached-simd.ts';
import { dequantised } from './dequantised.ts';
import { direct } from './direct.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { relaxedBytes, simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';
import { wide } from './wide.ts';

/** Weight rows, their length (a multiple of the format's block) and the format. */
export type QmatvecShape = { readonly N: number; readonly K: number; readonly quant: Quant };
/** Activations x[K], and N rows of K weights in blocks as a GGUF file stores them. */
export type QmatvecInput = ProductInput;

const each = (
  quants: readonly (typeof PRODUCT_QUANTS)[number][],
  N: number,
  K: number,
  from: string,
  slow = false,
) => quants.map((quant) => ({ shape: { N, K, quant }, from, ...(slow ? { slow } : {}) }));
const CLASSIC = ['q8_0', 'q4_0'] as const;

const hostile = Object.fromEntries(
  Object.entries(hostileProducts).map(([name, make]) => [
    name,
    (shape: QmatvecShape, ...rest: [Parameters<typeof make>[1], Parameters<typeof make>[2]]) =>
      make({ M: 1, ...shape }, ...rest),
  ]),
);

/**
 * Quantised weights times one vector: a step of a language model, which takes as long as reading its weights.
 */
export const qmatvec = defineKernel<QmatvecInput, QmatvecShape>({
  name: 'qmatvec',
  formula: 'y[N] = Σ_K w[N,K] · x[K], w in blocks of 8 or 4 bits',
  ledger: ['S3-49'],
  learned: [
    'Whether to dequantise beforehand depends on the loop: in plain JavaScript floats that are kept are 1.5 times as fast as quants, in SIMD the quants are 2.4 times as fast as the floats, being fewer bytes.',
    'Activations of 8 bits instead of exact floats are worth 5.2 in SIMD (`simd` against `simd-f32`), at an error of 1.5e-3.',
    'Of weights of 8 bits a matvec reaches the bandwidth of memory (`simd-bytes`); of 4 bits 80 % (Q4_0) and 72 % (Q4_K) of it, at 48 and 41 % of the peak of the int8 dot product: a byte of them takes twice the instructions, and reading and computing overlap in part only. Two streams in place of one were worth 1.2 to 1.4.',
    WITHOUT_LLAMA_CPP,
  ],
  cases: [
    ...each(CLASSIC, 1, 32, 'one row, one block'),
    ...each(CLASSIC, 7, 64, 'group of eight rows − 1'),
    ...each(CLASSIC, 9, 96, 'group + 1'),
    ...each(CLASSIC, 17, 160, 'two groups + 1: fewer than threads'),
    ...each(['q4_k'], 1, 256, 'one row, one block'),
    ...each(['q4_k'], 23, 768, 'three groups − 1'),
    ...each(CLASSIC, 192, 576, 'SmolLM2-135M: attn_k'),
    ...each(PRODUCT_QUANTS, 64, 2048, 'TinyLlama 1.1B: 64 rows of attn_k'),
    ...each(CLASSIC, 49152, 576, 'SmolLM2-135M: output', true),
    ...each(PRODUCT_QUANTS, 5632, 2048, 'TinyLlama 1.1B: ffn_up', true),
    ...each(['q8_0'], 32000, 2048, 'TinyLlama 1.1B: output, 70 MB', true),
    ...each(['q4_0', 'q4_k'], 32000, 4096, 'Mistral 7B: output, 74 MB', true),
  ],
  validate: ({ N, K, quant }) => {
    checkQuant('qmatvec', quant, K, PRODUCT_QUANTS);
    if (!Number.isSafeInteger(N) || N <= 0) throw new Error(`qmatvec: ${N} is no number of rows`);
  },
  inputs: (shape, rng, host) => ordinary({ M: 1, ...shape }, rng, host),
  hostile,
  reference: (input, shape, rng) => productReference(input, { M: 1, ...shape }, rng),
  outputLength: ({ N }) => N,
  tolerance: {
    metric: 'scaled',
    bound: 2e-7,
    why: 'weights are exact and sums of float64 rounded once, by at most 2^-24 of Σ|x · w|; a sum of float32 in many parts errs by little more than that',
  },
  work: ({ N, K, quant }) => ({ flops: 2 * N * K, bytes: 4 * K + quantBytes(quant, N * K) + 4 * N }),
  where: (_, __, index) => `row ${index}`,
  variants: [
    naive,
    cached,
    direct,
    parallel,
    dequantised,
    cachedSimd,
    wide,
    simd,
    relaxedBytes,
    simdThreads,
    webgpu,
  ],
});
