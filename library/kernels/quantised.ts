/** Weights and activations in fewer bits, in the formats of ggml and in half precision. */
import { blocked as dequantJs } from '../../kernels/dequant/blocked.ts';
import type { DequantInput, DequantShape } from '../../kernels/dequant/index.ts';
import { simd as dequantSimd, simdThreads as dequantThreads } from '../../kernels/dequant/simd.ts';
import { bits as f16CodecJs } from '../../kernels/f16-codec/bits.ts';
import type { F16CodecInput, F16CodecShape } from '../../kernels/f16-codec/index.ts';
import { simd as f16CodecSimd, simdThreads as f16CodecThreads } from '../../kernels/f16-codec/simd.ts';
import type { Variant } from '../../kernels/kernel.ts';
import type { ProductInput, ProductShape } from '../../kernels/lib/qproduct.ts';
import { PRODUCT_QUANTS } from '../../kernels/lib/qproduct.ts';
import { checkQuant, quantBytes } from '../../kernels/lib/quant.ts';
import { rows as qmatmulJs } from '../../kernels/qmatmul/rows.ts';
import {
  relaxedBytes as qmatmulBytes,
  simd as qmatmulSimd,
  simdThreads as qmatmulThreads,
  wide as qmatmulWide,
} from '../../kernels/qmatmul/simd.ts';
import { direct as qmatvecJs } from '../../kernels/qmatvec/direct.ts';
import type { QmatvecInput, QmatvecShape } from '../../kernels/qmatvec/index.ts';
import {
  relaxedBytes as qmatvecBytes,
  simd as qmatvecSimd,
  simdThreads as qmatvecThreads,
} from '../../kernels/qmatvec/simd.ts';
import { wide as qmatvecWide } from '../../kernels/qmatvec/wide.ts';
import type { QuantizeInput, QuantizeShape } from '../../kernels/quantize/index.ts';
import { naive as quantizeJs } from '../../kernels/quantize/naive.ts';
import { simd as quantizeSimd, simdThreads as quantizeThreads } from '../../kernels/quantize/simd.ts';
import { kernelFunction } from '../kernel-function.ts';

export type { DequantInput, DequantShape } from '../../kernels/dequant/index.ts';
export type { F16CodecInput, F16CodecShape } from '../../kernels/f16-codec/index.ts';
export type { ProductInput, ProductShape } from '../../kernels/lib/qproduct.ts';
export type { QmatvecInput, QmatvecShape } from '../../kernels/qmatvec/index.ts';
export type { QuantizeInput, QuantizeShape } from '../../kernels/quantize/index.ts';

/** What its op needs of the two. */
export type F16Input = Partial<F16CodecInput>;

/** Blocks of weights as GGUF files store them (`q8_0`, `q4_0`, `q4_1`, `q5_0`, `q4_k`, `q6_k`, `f16`, `bf16`) to float32: exact. */
export const dequant = /* @__PURE__ */ kernelFunction<DequantInput, DequantShape>({
  name: 'dequant',
  ranking: [dequantThreads, dequantSimd, dequantJs],
  extents: ['R', 'C'],
  types: { blocks: Uint8Array },
  check: ({ quant, C }) => checkQuant('dequant', quant, C),
  arrays: ({ R, C, quant }) => ({ blocks: quantBytes(quant, R * C) }),
  alone: ({ R, C }) => 0.08 * R * C,
});

/**
 * y[N] = Σ_K w[N,K] · x[K], w in blocks of `q8_0`, `q4_0` or `q4_k`. In WASM, activations are rounded to 8 bits a block of 32, as
 * llama.cpp does: an error of up to 0.4 % of Σ|w| · max|x| of each block. The blocks can be kept, without which each call repacks them:
 * far more work than the product.
 */
export const qmatvec = /* @__PURE__ */ kernelFunction<QmatvecInput, QmatvecShape, 'blocks'>({
  name: 'qmatvec',
  ranking: [qmatvecThreads, qmatvecBytes, qmatvecSimd, qmatvecWide, qmatvecJs],
  extents: ['N', 'K'],
  types: { blocks: Uint8Array },
  weights: ['blocks'],
  check: ({ quant, K }) => checkQuant('qmatvec', quant, K, PRODUCT_QUANTS),
  arrays: ({ N, K, quant }) => ({ x: K, blocks: quantBytes(quant, N * K) }),
  alone: ({ N, K }) => 0.028 * N * K,
});

/** y[M,N] = Σ_K x[M,K] · w[N,K], as `qmatvec` for M rows of activations. */
export const qmatmul = /* @__PURE__ */ kernelFunction<ProductInput, ProductShape, 'blocks'>({
  name: 'qmatmul',
  ranking: [qmatmulThreads, qmatmulBytes, qmatmulSimd, qmatmulWide, qmatmulJs],
  extents: ['M', 'N', 'K'],
  types: { blocks: Uint8Array },
  weights: ['blocks'],
  check: ({ quant, K }) => checkQuant('qmatmul', quant, K, PRODUCT_QUANTS),
  arrays: ({ M, N, K, quant }) => ({ x: M * K, blocks: quantBytes(quant, N * K) }),
  alone: ({ M, N, K }) => 0.03 * M * N * K,
});

/**
 * What 8 bits leave of x[R,C]: d · round(x / d), d = max|x| / 127 of what shares a scale: the `tensor`, a `row`, a `group` of 32, or a
 * block of GGUF's `q8_0`, whose scale is rounded to half precision. C is a multiple of 32.
 */
export const quantize = /* @__PURE__ */ kernelFunction<QuantizeInput, QuantizeShape>({
  name: 'quantize',
  ranking: [quantizeThreads, quantizeSimd, quantizeJs],
  extents: ['R', 'C'],
  check({ C, per }) {
    if (!['tensor', 'row', 'group', 'q8_0'].includes(per))
      throw new RangeError(`quantize: unknown scheme "${per}"; there are tensor, row, group, q8_0`);
    if (C % 32 !== 0) throw new RangeError(`quantize: a row of ${C} cannot be cut into groups of 32`);
  },
  arrays: ({ R, C }) => ({ x: R * C }),
  alone: ({ R, C }) => 0.14 * R * C,
});

/**
 * IEEE binary16 and back, rounded to nearest with ties to even: `decode` makes float32 of `codes`, `encode` codes of `x`. Every NaN is
 * encoded as 0x7e00.
 */
export const f16Codec = /* @__PURE__ */ kernelFunction<
  F16Input,
  F16CodecShape,
  never,
  Float32Array | Uint16Array
>({
  name: 'f16-codec',
  ranking: [f16CodecThreads, f16CodecSimd, f16CodecJs] as readonly Variant<F16Input, F16CodecShape>[],
  extents: ['N'],
  types: { codes: Uint16Array },
  check({ op }) {
    if (op !== 'decode' && op !== 'encode')
      throw new RangeError(`f16-codec: no op "${op}"; there are decode and encode`);
  },
  result: (values, { op }) => (op === 'encode' ? Uint16Array.from(values) : (values as Float32Array)),
  arrays: ({ N, op }): Record<string, number> => (op === 'decode' ? { codes: N } : { x: N }),
  alone: ({ N }) => 0.2 * N,
});
