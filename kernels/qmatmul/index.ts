import { defineKernel } from '../kernel.ts';
import {
  hostileProducts,
  ordinary,
  PRODUCT_QUANTS,
  type ProductInput,
  type ProductShape,
  WITHOUT_LLAMA_CPP,
} from '../lib/qproduct.ts';
import { checkQuant, quantBytes } from '../lib/quant.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { productReference } from './reference.ts';
import { rows } from './rows.ts';
import { i16, relaxedBytes, sevenBits, simd, simdThreads, wide } from './simd.ts';
import { webgpu } from './webgpu.ts';

const each = (
  quants: readonly (typeof PRODUCT_QUANTS)[number][],
  M: number,
  N: number,
  K: number,
  from: string,
  slow = false,
) => quants.map((quant) => ({ shape: { M, N, K, quant }, from, ...(slow ? { slow } : {}) }));
const CLASSIC = ['q8_0', 'q4_0'] as const;

/**
 * A batch of activations times quantised weights: the prompt of a language model, and with few rows a step of a batch or of
 * speculative decoding. Weights are stored once in groups of eight rows, as `qmatvec` reads them too.
 */
export const qmatmul = defineKernel<ProductInput, ProductShape>({
  name: 'qmatmul',
  formula: 'y[M,N] = Σ_K x[M,K] · w[N,K], w in blocks of 8 or 4 bits',
  ledger: ['S3-49'],
  learned: [
    'Seven bits of activations for the relaxed dot product are as fast as eight where the engine takes eight (`simd-bytes`), with twice the error: what a specification leaves open is worth asking the engine for.',
    'V8 with `--experimental-wasm-revectorize` runs the loop of `simd-wide` as twelve dot products of 256 bits in 32 instructions, with nothing spilled (`npx zoo profile qmatmul/simd-wide --case M=512,N=2048,K=2048,quant=q8_0 --runtime "node --experimental-wasm-revectorize" --code --function q8_0_offset`, Intel Xeon with AVX-VNNI), where `simd-bytes` has 36 of 128 bits in 80 without the flag. The other 43 % of the samples are outside of it, in the same function, which also expands weights and adds the scaled sums of each block of 32. V8 pairs what is stored side by side, and gives a pair up for one load between its two stores.',
    WITHOUT_LLAMA_CPP,
  ],
  cases: [
    ...each(CLASSIC, 1, 1, 32, 'one element of y, one block'),
    ...each(CLASSIC, 5, 7, 64, 'tile − 1: rows 6 − 1, columns 8 − 1'),
    ...each(CLASSIC, 7, 9, 96, 'tile + 1: rows 6 + 1, columns 8 + 1'),
    ...each(['q4_k'], 4, 9, 256, 'one block of 256, columns 8 + 1'),
    ...each(['q4_k'], 13, 17, 512, 'two tiles + 1 by two panels + 1'),
    ...each(CLASSIC, 77, 19, 160, 'rows enough for each thread'),
    ...each(CLASSIC, 2, 192, 576, 'SmolLM2-135M: attn_k, 2 tokens'),
    ...each(PRODUCT_QUANTS, 3, 64, 2048, 'TinyLlama 1.1B: 64 rows of attn_k, 3 tokens'),
    ...each(CLASSIC, 512, 576, 576, 'SmolLM2-135M: attn_q, 512 tokens', true),
    ...each(CLASSIC, 512, 1536, 576, 'SmolLM2-135M: ffn_up, 512 tokens', true),
    ...each(PRODUCT_QUANTS, 512, 2048, 2048, 'TinyLlama 1.1B: attn_q, 512 tokens', true),
    ...each(PRODUCT_QUANTS, 8, 5632, 2048, 'TinyLlama 1.1B: ffn_up, 8 tokens', true),
  ],
  validate: ({ M, N, K, quant }) => {
    checkQuant('qmatmul', quant, K, PRODUCT_QUANTS);
    for (const n of [M, N])
      if (!Number.isSafeInteger(n) || n <= 0) throw new Error(`qmatmul: ${n} is no number of rows`);
  },
  inputs: ordinary,
  hostile: hostileProducts,
  reference: productReference,
  outputLength: ({ M, N }) => M * N,
  tolerance: {
    metric: 'scaled',
    bound: 2e-7,
    why: 'weights are exact and sums of float64 rounded once, by at most 2^-24 of Σ|x · w|; a sum of float32 in many parts errs by little more than that',
  },
  arithmetic: 'f32',
  work: ({ M, N, K, quant }) => ({
    flops: 2 * M * N * K,
    bytes: 4 * M * K + quantBytes(quant, N * K) + 4 * M * N,
  }),
  where: (_, { N }, index) => `row ${Math.floor(index / N)}, column ${index % N}`,
  variants: [naive, rows, parallel, i16, sevenBits, relaxedBytes, simd, wide, simdThreads, webgpu],
});
