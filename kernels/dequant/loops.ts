/** The loops of `blocked` and `parallel`, one a format: blocks [from, to) of `b` give out[block · from …]. */
import { decodeBfloat, decodeHalf } from '../lib/f16.ts';
import type { Quant } from '../lib/quant.ts';

export type BlockLoop = (b: Uint8Array, out: Float32Array, from: number, to: number) => void;

const halfAt = (b: Uint8Array, p: number): number => decodeHalf(b[p]! | (b[p + 1]! << 8));

/** Four weights a turn. */
export function dequantQ8_0(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 34;
    const d = halfAt(b, start);
    const end = start + 34;
    for (let p = start + 2, o = block * 32; p < end; p += 4, o += 4) {
      out[o] = d * ((b[p]! << 24) >> 24);
      out[o + 1] = d * ((b[p + 1]! << 24) >> 24);
      out[o + 2] = d * ((b[p + 2]! << 24) >> 24);
      out[o + 3] = d * ((b[p + 3]! << 24) >> 24);
    }
  }
}

/** A byte gives two weights, 16 apart; two bytes a turn. */
export function dequantQ4_0(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 18;
    const d = halfAt(b, start);
    const end = start + 18;
    for (let p = start + 2, o = block * 32; p < end; p += 2, o += 2) {
      const first = b[p]!;
      const second = b[p + 1]!;
      out[o] = d * ((first & 15) - 8);
      out[o + 1] = d * ((second & 15) - 8);
      out[o + 16] = d * ((first >> 4) - 8);
      out[o + 17] = d * ((second >> 4) - 8);
    }
  }
}

export function dequantQ4_1(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 20;
    const d = halfAt(b, start);
    const m = halfAt(b, start + 2);
    const end = start + 20;
    for (let p = start + 4, o = block * 32; p < end; p++, o++) {
      const byte = b[p]!;
      out[o] = d * (byte & 15) + m;
      out[o + 16] = d * (byte >> 4) + m;
    }
  }
}

export function dequantQ5_0(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 22;
    const d = halfAt(b, start);
    // The fifth bits, moved so that the one in question stands at 16.
    let low = (b[start + 2]! | (b[start + 3]! << 8)) << 4;
    let high = (b[start + 4]! | (b[start + 5]! << 8)) << 4;
    const end = start + 22;
    for (let p = start + 6, o = block * 32; p < end; p++, o++) {
      const byte = b[p]!;
      out[o] = d * (((byte & 15) | (low & 16)) - 16);
      out[o + 16] = d * (((byte >> 4) | (high & 16)) - 16);
      low >>= 1;
      high >>= 1;
    }
  }
}

/** 64 weights, in the nibbles of 32 bytes, for each pair of scales. */
export function dequantQ4_K(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 144;
    const d = halfAt(b, start);
    const dmin = halfAt(b, start + 2);
    for (let j = 0; j < 8; j += 2) {
      const s = start + 4 + j;
      // The first four scales have a byte each; the bits of the last four are spread over three bytes.
      const step0 = d * (j < 4 ? b[s]! & 63 : (b[s + 4]! & 15) | ((b[s - 4]! >> 6) << 4));
      const step1 = d * (j < 4 ? b[s + 1]! & 63 : (b[s + 5]! & 15) | ((b[s - 3]! >> 6) << 4));
      const min0 = dmin * (j < 4 ? b[s + 4]! & 63 : (b[s + 4]! >> 4) | ((b[s]! >> 6) << 4));
      const min1 = dmin * (j < 4 ? b[s + 5]! & 63 : (b[s + 5]! >> 4) | ((b[s + 1]! >> 6) << 4));
      const from = start + 16 + 16 * j;
      const end = from + 32;
      for (let p = from, o = block * 256 + 32 * j; p < end; p++, o++) {
        const byte = b[p]!;
        out[o] = step0 * (byte & 15) - min0;
        out[o + 32] = step1 * (byte >> 4) - min1;
      }
    }
  }
}

/** A byte of high bits serves four weights, 32 apart. */
export function dequantQ6_K(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let block = from; block < to; block++) {
    const start = block * 210;
    const d = halfAt(b, start + 208);
    for (let part = 0; part < 2; part++) {
      const low = start + 64 * part;
      const high = start + 128 + 32 * part;
      const scales = start + 192 + 8 * part;
      const to = block * 256 + 128 * part;
      for (let l = 0; l < 32; l++) {
        const s = scales + (l >> 4);
        const first = b[low + l]!;
        const second = b[low + l + 32]!;
        const bits = b[high + l]!;
        const o = to + l;
        out[o] = d * ((b[s]! << 24) >> 24) * (((first & 15) | ((bits & 3) << 4)) - 32);
        out[o + 32] = d * ((b[s + 2]! << 24) >> 24) * (((second & 15) | ((bits & 12) << 2)) - 32);
        out[o + 64] = d * ((b[s + 4]! << 24) >> 24) * (((first >> 4) | (bits & 48)) - 32);
        out[o + 96] = d * ((b[s + 6]! << 24) >> 24) * (((second >> 4) | ((bits & 192) >> 2)) - 32);
      }
    }
  }
}

export function dequantF16(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = halfAt(b, 2 * i);
}

export function dequantBF16(b: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = decodeBfloat(b[2 * i]! | (b[2 * i + 1]! << 8));
}

export const LOOPS: Readonly<Record<Quant, BlockLoop>> = {
  q8_0: dequantQ8_0,
  q4_0: dequantQ4_0,
  q4_1: dequantQ4_1,
  q5_0: dequantQ5_0,
  q4_k: dequantQ4_K,
  q6_k: dequantQ6_K,
  f16: dequantF16,
  bf16: dequantBF16,
};
