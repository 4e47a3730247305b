import { defineVariant } from '../kernel.ts';
import { decodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

/** Rows [from, to) of y[N] = w[N,K] · x[K], of one format. */
export type RowLoop = (
  b: Uint8Array,
  x: Float32Array,
  y: Float32Array,
  K: number,
  from: number,
  to: number,
) => void;

const halfAt = (b: Uint8Array, p: number): number => decodeHalf(b[p]! | (b[p + 1]! << 8));

export const rowsQ8_0: RowLoop = (b, x, y, K, from, to) => {
  for (let n = from, p = from * (K / 32) * 34; n < to; n++) {
    let sum = 0;
    for (let k = 0; k < K; p += 2) {
      const d = halfAt(b, p);
      let s = 0;
      let t = 0;
      for (const end = k + 32; k < end; k += 2, p += 2) {
        s += ((b[p + 2]! << 24) >> 24) * x[k]!;
        t += ((b[p + 3]! << 24) >> 24) * x[k + 1]!;
      }
      sum += d * (s + t);
    }
    y[n] = sum;
  }
};

/** Both nibbles of a byte at once. */
export const rowsQ4_0: RowLoop = (b, x, y, K, from, to) => {
  for (let n = from, p = from * (K / 32) * 18; n < to; n++) {
    let sum = 0;
    for (let k = 0; k < K; k += 16, p += 2) {
      const d = halfAt(b, p);
      let s = 0;
      let t = 0;
      for (const end = k + 16; k < end; k++, p++) {
        const byte = b[p + 2]!;
        s += ((byte & 15) - 8) * x[k]!;
        t += ((byte >> 4) - 8) * x[k + 16]!;
      }
      sum += d * (s + t);
    }
    y[n] = sum;
  }
};

/** 64 weights for each pair of scales; Σ x of a block, for its minimum, is summed on the way. */
export const rowsQ4_K: RowLoop = (b, x, y, K, from, to) => {
  for (let n = from, p = from * (K / 256) * 144; n < to; n++) {
    let sum = 0;
    for (let k = 0; k < K; p += 16) {
      const d = halfAt(b, p);
      const dmin = halfAt(b, p + 2);
      const scales = p + 4;
      let products = 0;
      let minima = 0;
      for (let j = 0; j < 8; j += 2, k += 32) {
        const s = scales + j;
        const scale0 = j < 4 ? b[s]! & 63 : (b[s + 4]! & 15) | ((b[s - 4]! >> 6) << 4);
        const scale1 = j < 4 ? b[s + 1]! & 63 : (b[s + 5]! & 15) | ((b[s - 3]! >> 6) << 4);
        const min0 = j < 4 ? b[s + 4]! & 63 : (b[s + 4]! >> 4) | ((b[s]! >> 6) << 4);
        const min1 = j < 4 ? b[s + 5]! & 63 : (b[s + 5]! >> 4) | ((b[s + 1]! >> 6) << 4);
        let t0 = 0;
        let t1 = 0;
        let x0 = 0;
        let x1 = 0;
        for (const end = k + 32; k < end; k++, p++) {
          const byte = b[p + 16]!;
          t0 += (byte & 15) * x[k]!;
          t1 += (byte >> 4) * x[k + 32]!;
          x0 += x[k]!;
          x1 += x[k + 32]!;
        }
        products += scale0 * t0 + scale1 * t1;
        minima += min0 * x0 + min1 * x1;
      }
      sum += d * products - dmin * minima;
    }
    y[n] = sum;
  }
};

export const ROW_LOOPS: Readonly<Partial<Record<QmatvecShape['quant'], RowLoop>>> = {
  q8_0: rowsQ8_0,
  q4_0: rowsQ4_0,
  q4_k: rowsQ4_K,
};

export const direct = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'direct',
  backend: 'js',
  ledger: ['S0-6'],
  idea: 'quants times activations, the scale of a block once for its sum: no float32 weight is ever made',
  prepare({ x, blocks }, { N, K, quant }) {
    const loop = ROW_LOOPS[quant]!;
    return jsVariant(N, (y) => loop(blocks, x, y, K, 0, N));
  },
});
