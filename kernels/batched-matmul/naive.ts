import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

/** c[B,M,N] = a[B,M,K] · b[B,K,N]: a dot product an element, summed in float64. */
export function batchedNaive(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  { B, M, N, K }: BatchedShape,
): void {
  for (let p = 0; p < B; p++) {
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += a[(p * M + i) * K + k]! * b[(p * K + k) * N + j]!;
        c[(p * M + i) * N + j] = sum;
      }
    }
  }
}

export const naive = defineVariant<BatchedInput, BatchedShape>({
  name: 'naive',
  backend: 'js',
  idea: 'four loops, a dot product an element',
  prepare: ({ a, b }, shape) => jsVariant(shape.B * shape.M * shape.N, (c) => batchedNaive(a, b, c, shape)),
});
