import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { matmulTiled } from '../matmul/blocked.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

/** One product's matrices, as views: made once, since each view is an allocation. */
export interface Slice {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
}

export function slices(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  { B, M, N, K }: BatchedShape,
): Slice[] {
  return Array.from({ length: B }, (_, p) => ({
    a: a.subarray(p * M * K, (p + 1) * M * K),
    b: b.subarray(p * K * N, (p + 1) * K * N),
    c: c.subarray(p * M * N, (p + 1) * M * N),
  }));
}

/** Products [from, to): each in tiles of 4 × 4 sums, see matmul/blocked.ts. */
export function batchedTiled(
  products: readonly Slice[],
  { M, N, K }: BatchedShape,
  from: number,
  to: number,
): void {
  for (let p = from; p < to; p++) {
    const { a, b, c } = products[p]!;
    matmulTiled(a, b, c, N, K, 0, M);
  }
}

export const blocked = defineVariant<BatchedInput, BatchedShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'product by product in tiles of 4 × 4 sums in registers: 16 multiply-adds for 8 loads',
  prepare({ a, b }, shape) {
    let products: Slice[] | undefined;
    return jsVariant(shape.B * shape.M * shape.N, (c) => {
      products ??= slices(a, b, c, shape);
      batchedTiled(products, shape, 0, shape.B);
    });
  },
});
