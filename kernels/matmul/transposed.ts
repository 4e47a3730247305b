import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** out[N,K] = b[K,N]ᵀ. */
export function transpose(b: Float32Array, out: Float32Array, K: number, N: number): void {
  for (let k = 0; k < K; k++) {
    for (let j = 0, from = k * N, to = k; j < N; j++, from++, to += K) out[to] = b[from]!;
  }
}

/** c[M,N] = a[M,K] · bt[N,K]ᵀ: each element is the dot product of two rows. Sums in float64. */
export function matmulTransposed(
  a: Float32Array,
  bt: Float32Array,
  c: Float32Array,
  { M, N, K }: MatmulShape,
): void {
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let sum = 0;
      for (let p = i * K, end = p + K, q = j * K; p < end; p++, q++) sum += a[p]! * bt[q]!;
      c[i * N + j] = sum;
    }
  }
}

export const transposed = defineVariant<MatmulInput, MatmulShape>({
  name: 'transposed',
  backend: 'js',
  idea: 'b is transposed first, in each call, so that both factors of a dot product are rows: one pass of misses in place of M; pays where N is a power of two, whose columns share cache sets, and not at its neighbour',
  ledger: ['S2-13'],
  prepare({ a, b }, shape) {
    const bt = new Float32Array(shape.K * shape.N);
    return jsVariant(shape.M * shape.N, (c) => {
      transpose(b, bt, shape.K, shape.N);
      matmulTransposed(a, bt, c, shape);
    });
  },
});
