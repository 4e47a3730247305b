import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/**
 * The two inner loops exchanged: a row of c grows by multiples of the rows of b, so that every access is to the next
 * element. Each step rounds to float32 in c. A zero in a is not skipped: 0 · Infinity is NaN.
 */
export function matmulIkj(a: Float32Array, b: Float32Array, c: Float32Array, { M, N, K }: MatmulShape): void {
  c.fill(0);
  for (let i = 0; i < M; i++) {
    const out = i * N;
    for (let k = 0; k < K; k++) {
      const v = a[i * K + k]!;
      const row = k * N;
      for (let j = 0; j < N; j++) c[out + j] = c[out + j]! + v * b[row + j]!;
    }
  }
}

export const ikj = defineVariant<MatmulInput, MatmulShape>({
  name: 'ikj',
  backend: 'js',
  idea: 'inner loops exchanged: b and c are walked along their rows, at one load and store of c a product',
  prepare: ({ a, b }, shape) => jsVariant(shape.M * shape.N, (c) => matmulIkj(a, b, c, shape)),
});
