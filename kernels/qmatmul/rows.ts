import { LOOPS } from '../dequant/loops.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ProductInput, ProductShape } from '../lib/qproduct.ts';
import { QUANTS, type Quant } from '../lib/quant.ts';

/** Columns [from, to) of y[M,N]: a weight row is dequantised into `row` (K floats) and meets all rows of activations. */
export function qmatmulRows(
  x: Float32Array,
  blocks: Uint8Array,
  y: Float32Array,
  { M, N, K, quant }: { M: number; N: number; K: number; quant: Quant },
  row: Float32Array,
  from: number,
  to: number,
): void {
  const { block, bytes } = QUANTS[quant];
  const count = K / block;
  const dequantise = LOOPS[quant];
  for (let n = from; n < to; n++) {
    dequantise(blocks.subarray(n * count * bytes, (n + 1) * count * bytes), row, 0, count);
    for (let m = 0; m < M; m++) {
      // Four sums: one alone would wait for each addition. K is a multiple of 32.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let k = 0, p = m * K; k < K; k += 4, p += 4) {
        a += row[k]! * x[p]!;
        b += row[k + 1]! * x[p + 1]!;
        c += row[k + 2]! * x[p + 2]!;
        d += row[k + 3]! * x[p + 3]!;
      }
      y[m * N + n] = a + b + (c + d);
    }
  }
}

export const rows = defineVariant<ProductInput, ProductShape>({
  name: 'rows',
  backend: 'js',
  idea: 'a weight row is dequantised once and stays in cache while all rows of activations meet it',
  prepare({ x, blocks }, shape) {
    const row = new Float32Array(shape.K);
    return jsVariant(shape.M * shape.N, (y) => qmatmulRows(x, blocks, y, shape, row, 0, shape.N));
  },
});
