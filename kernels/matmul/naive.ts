import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** The formula as it is written: a dot product an element, which walks down a column of b. Sums in float64. */
export function matmulNaive(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  { M, N, K }: MatmulShape,
): void {
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[k * N + j]!;
      c[i * N + j] = sum;
    }
  }
}

export const naive = defineVariant<MatmulInput, MatmulShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: a dot product an element, walking down a column of b',
  prepare: ({ a, b }, shape) => jsVariant(shape.M * shape.N, (c) => matmulNaive(a, b, c, shape)),
});
