import { weightAt } from '../dequant/naive.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

/** Each weight is decoded where it is met, its scale again for each. Sums in float64. */
export function qmatvecNaive(x: Float32Array, w: DataView, y: Float32Array, shape: QmatvecShape): void {
  const { N, K, quant } = shape;
  for (let n = 0; n < N; n++) {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += x[k]! * weightAt(w, quant, n * K + k);
    y[n] = sum;
  }
}

export const naive = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'naive',
  backend: 'js',
  ledger: ['S0-5'],
  idea: 'every weight dequantised at every use, its scale decoded again for each: what most of the time then goes to',
  prepare({ x, blocks }, shape) {
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    return jsVariant(shape.N, (y) => qmatvecNaive(x, view, y, shape));
  },
});
