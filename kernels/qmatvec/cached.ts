import { LOOPS } from '../dequant/loops.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { QUANTS } from '../lib/quant.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

/** y[N] = w[N,K] · x[K] of float32 weights, in four sums a row: one alone would wait for each addition. K is a multiple of 4. */
export function matvecF32(w: Float32Array, x: Float32Array, y: Float32Array): void {
  const K = x.length;
  for (let n = 0, p = 0; n < y.length; n++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < K; k += 4, p += 4) {
      a += w[p]! * x[k]!;
      b += w[p + 1]! * x[k + 1]!;
      c += w[p + 2]! * x[k + 2]!;
      d += w[p + 3]! * x[k + 3]!;
    }
    y[n] = a + b + (c + d);
  }
}

export const cached = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'cached',
  backend: 'js',
  ledger: ['S0-6'],
  idea: 'weights dequantised once, in prepare: no decoding, but 4 bytes a weight to keep and to read, beside the blocks',
  prepare({ x, blocks }, { N, K, quant }) {
    const w = new Float32Array(N * K);
    LOOPS[quant](blocks, w, 0, w.length / QUANTS[quant].block);
    return jsVariant(N, (y) => matvecF32(w, x, y));
  },
});
