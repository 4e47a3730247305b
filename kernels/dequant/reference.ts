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

/** The value of a bfloat16 code by its definition. */
export function bfloatValue(code: number): number {
  const sign = code >> 15 === 1 ? -1 : 1;
  const exponent = (code >> 7) & 255;
  const fraction = (code & 127) / 128;
  if (exponent === 255) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -126;
  return sign * (1 + fraction) * 2 ** (exponent - 127);
}

const signed = (byte: number): number => (byte < 128 ? byte : byte - 256);

/** What weight `i` is made of: step · q − minus. */
export interface Parts {
  readonly step: number;
  readonly q: number;
  readonly minus: number;
}

/** The parts of the weight with flat index `i`; each is exact in float64, and so is what they make. */
export function weightParts(blocks: Uint8Array, quant: string, i: number): Parts {
  const word = (at: number) => blocks[at]! + 256 * blocks[at + 1]!;
  /** Bit `n` of the little-endian bits that begin at byte `at`. */
  const bits = (at: number, n: number, count: number) =>
    Math.floor(blocks[at + Math.floor(n / 8)]! / 2 ** (n % 8)) % 2 ** count;
  const k = i % 32;
  const block = (i - k) / 32;
  const nibble = (at: number) => bits(at + (k % 16), k < 16 ? 0 : 4, 4);
  if (quant === 'f16') return { step: halfValue(word(2 * i)), q: 1, minus: 0 };
  if (quant === 'bf16') return { step: bfloatValue(word(2 * i)), q: 1, minus: 0 };
  if (quant === 'q8_0')
    return { step: halfValue(word(block * 34)), q: signed(blocks[block * 34 + 2 + k]!), minus: 0 };
  if (quant === 'q4_0') return { step: halfValue(word(block * 18)), q: nibble(block * 18 + 2) - 8, minus: 0 };
  if (quant === 'q4_1') {
    const start = block * 20;
    return { step: halfValue(word(start)), q: nibble(start + 4), minus: -halfValue(word(start + 2)) };
  }
  if (quant === 'q5_0') {
    const start = block * 22;
    const q = nibble(start + 6) + 16 * bits(start + 2, k, 1) - 16;
    return { step: halfValue(word(start)), q, minus: 0 };
  }
  const j = block % 8;
  if (quant === 'q4_k') {
    const start = ((block - j) / 8) * 144;
    const scales = start + 4;
    const small = j < 4;
    const s = small ? bits(scales + j, 0, 6) : bits(scales + j + 4, 0, 4) + 16 * bits(scales + j - 4, 6, 2);
    const m = small ? bits(scales + j + 4, 0, 6) : bits(scales + j + 4, 4, 4) + 16 * bits(scales + j, 6, 2);
    const q = bits(start + 16 + 32 * Math.floor(j / 2) + k, 4 * (j % 2), 4);
    return { step: halfValue(word(start)) * s, q, minus: halfValue(word(start + 2)) * m };
  }
  // q6_k
  const start = ((block - j) / 8) * 210;
  const part = Math.floor(j / 4);
  const low = bits(start + 64 * part + 32 * (j % 2) + k, j % 4 < 2 ? 0 : 4, 4);
  const high = bits(start + 128 + 32 * part + k, 2 * (j % 4), 2);
  const scale = signed(blocks[start + 192 + Math.floor((i % 256) / 16)]!);
  return { step: halfValue(word(start + 208)) * scale, q: low + 16 * high - 32, minus: 0 };
}

/** The weight itself: exact, not yet a float32. */
export function weightValue(blocks: Uint8Array, quant: string, i: number): number {
  const { step, q, minus } = weightParts(blocks, quant, i);
  return step * q - minus;
}

/** The float32 nearest to step · q − minus. An infinite step gives NaN where q = 0, a NaN step a block of NaN. */
export function dequantReference({ blocks }: DequantInput, { R, C, quant }: DequantShape): Reference {
  const values = new Float64Array(R * C);
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(weightValue(blocks, quant, i));
  return { values };
}
