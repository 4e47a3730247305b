import type { Reference } from '../kernel.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** The value of a half-precision code by its definition: (−1)^s · 2^(e − 15) · 1.m, denormals 2^−14 · 0.m. */
export function halfValue(code: number): number {
  const sign = code >> 15 === 1 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const fraction = (code & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** Scale code and quant (−128 … 127, or −8 … 7) of the weight with flat index `i`. */
export function blockParts(blocks: Uint8Array, quant: string, i: number): { code: number; q: number } {
  const within = i % 32;
  const start = ((i - within) / 32) * (quant === 'q8_0' ? 34 : 18);
  const code = blocks[start]! + 256 * blocks[start + 1]!;
  if (quant === 'q8_0') {
    const byte = blocks[start + 2 + within]!;
    return { code, q: byte < 128 ? byte : byte - 256 };
  }
  const byte = blocks[start + 2 + (within % 16)]!;
  return { code, q: (within < 16 ? byte % 16 : Math.floor(byte / 16)) - 8 };
}

/** out[i] = d · q in float64. An infinite d gives NaN where q = 0, a NaN d a block of NaN. */
export function dequantReference({ blocks }: DequantInput, { R, C, quant }: DequantShape): Reference {
  const values = new Float64Array(R * C);
  for (let i = 0; i < values.length; i++) {
    const { code, q } = blockParts(blocks, quant, i);
    values[i] = halfValue(code) * q;
  }
  return { values };
}
