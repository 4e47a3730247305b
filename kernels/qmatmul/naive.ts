import { weightAt } from '../dequant/naive.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ProductInput, ProductShape } from '../lib/qproduct.ts';

/** A dot product an element, each weight decoded anew where it is met. Sums in float64. */
export function qmatmulNaive(x: Float32Array, w: DataView, y: Float32Array, shape: ProductShape): void {
  const { M, N, K, quant } = shape;
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x[m * K + k]! * weightAt(w, quant, n * K + k);
      y[m * N + n] = sum;
    }
  }
}

export const naive = defineVariant<ProductInput, ProductShape>({
  name: 'naive',
  backend: 'js',
  idea: 'a dot product an element, and every weight dequantised again for each row of activations',
  prepare({ x, blocks }, shape) {
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    return jsVariant(shape.M * shape.N, (y) => qmatmulNaive(x, view, y, shape));
  },
});
