/** Sums of products of float32. */

import { blocked as batchedMatmulJs } from '../../kernels/batched-matmul/blocked.ts';
import type { BatchedInput, BatchedShape } from '../../kernels/batched-matmul/index.ts';
import {
  simd as batchedMatmulSimd,
  simdThreads as batchedMatmulThreads,
} from '../../kernels/batched-matmul/simd.ts';
import type { DotInput, DotShape } from '../../kernels/dot/index.ts';
import { simd as dotSimd, simdThreads as dotThreads } from '../../kernels/dot/simd.ts';
import { unrolled8 as dotJs } from '../../kernels/dot/unrolled.ts';
import type { EinsumInput, EinsumShape } from '../../kernels/einsum/index.ts';
import { lowered as einsumJs } from '../../kernels/einsum/lowered.ts';
import { parseSpec } from '../../kernels/einsum/plan.ts';
import { simd as einsumSimd } from '../../kernels/einsum/simd.ts';
import { checkSizes, sizeOf } from '../../kernels/einsum/strides.ts';
import { blocked as matmulJs } from '../../kernels/matmul/blocked.ts';
import type { MatmulInput, MatmulShape } from '../../kernels/matmul/index.ts';
import { simd as matmulSimd, simdThreads as matmulThreads } from '../../kernels/matmul/simd.ts';
import type { MatvecInput, MatvecShape } from '../../kernels/matvec/index.ts';
import { simd as matvecSimd, simdThreads as matvecThreads } from '../../kernels/matvec/simd.ts';
import { unrolled as matvecJs } from '../../kernels/matvec/unrolled.ts';
import { kernelFunction } from '../kernel-function.ts';

export type { BatchedInput, BatchedShape } from '../../kernels/batched-matmul/index.ts';
export type { DotInput, DotShape } from '../../kernels/dot/index.ts';
export type { EinsumInput, EinsumShape } from '../../kernels/einsum/index.ts';
export type { MatmulInput, MatmulShape } from '../../kernels/matmul/index.ts';
export type { MatvecInput, MatvecShape } from '../../kernels/matvec/index.ts';

/** c[M,N] = Σ_K a[M,K] · b[K,N], row-major float32 without gaps. b can be kept. */
export const matmul = /* @__PURE__ */ kernelFunction<MatmulInput, MatmulShape, 'b'>({
  name: 'matmul',
  ranking: [matmulThreads, matmulSimd, matmulJs],
  extents: ['M', 'N', 'K'],
  weights: ['b'],
  arrays: ({ M, N, K }) => ({ a: M * K, b: K * N }),
  alone: ({ M, N, K }) => (2 * M * N * K) / 60,
});

/** y[R] = Σ_C w[R,C] · x[C]. w can be kept, without which each call copies it: more work than the product. */
export const matvec = /* @__PURE__ */ kernelFunction<MatvecInput, MatvecShape, 'w'>({
  name: 'matvec',
  ranking: [matvecThreads, matvecSimd, matvecJs],
  extents: ['R', 'C'],
  weights: ['w'],
  arrays: ({ R, C }) => ({ w: R * C, x: C }),
  alone: ({ R, C }) => 0.046 * R * C,
});

/** Σ_N a[N] · b[N]: one element. */
export const dot = /* @__PURE__ */ kernelFunction<DotInput, DotShape>({
  name: 'dot',
  ranking: [dotThreads, dotSimd, dotJs],
  extents: ['N'],
  arrays: ({ N }) => ({ a: N, b: N }),
  alone: ({ N }) => 0.066 * N,
});

/** B products side by side: c[B,M,N] = Σ_K a[B,M,K] · b[B,K,N]. */
export const batchedMatmul = /* @__PURE__ */ kernelFunction<BatchedInput, BatchedShape>({
  name: 'batched-matmul',
  ranking: [batchedMatmulThreads, batchedMatmulSimd, batchedMatmulJs],
  extents: ['B', 'M', 'N', 'K'],
  arrays: ({ B, M, N, K }) => ({ a: B * M * K, b: B * K * N }),
  alone: ({ B, M, N, K }) => (2 * B * M * N * K) / 56,
});

/**
 * A contraction of two tensors: `spec` is `btd.dh.bth` for NumPy's `btd,dh->bth`, and `sizes` are the extents of its letters in the order in
 * which they first appear, `1x16x768x64`.
 */
export const einsum = /* @__PURE__ */ kernelFunction<EinsumInput, EinsumShape>({
  name: 'einsum',
  ranking: [einsumSimd, einsumJs],
  extents: [],
  check: checkSizes,
  arrays: (shape) => {
    const { a, b } = parseSpec(shape.spec);
    return { a: sizeOf(a, shape), b: sizeOf(b, shape) };
  },
  alone: () => 0,
});
