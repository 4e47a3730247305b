import { defineVariant } from '../kernel.ts';
import { decodeBfloat, decodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { Quant } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** The scale or minimum with number `j` of a block of `q4_k`: 6 bits, of which those of the last four stand in two places. */
function sixBits(blocks: DataView, scales: number, j: number, isMinimum: boolean): number {
  const at = scales + (isMinimum ? 4 : 0);
  if (j < 4) return blocks.getUint8(at + j) & 63;
  const low = blocks.getUint8(scales + j + 4);
  return (isMinimum ? low >> 4 : low & 15) | ((blocks.getUint8(at + j - 4) >> 6) << 4);
}

function half(blocks: DataView, at: number): number {
  return decodeHalf(blocks.getUint16(at, true));
}

/** Nibble `within` of the 32 in the 16 bytes at `at`: the first 16 are the low ones. */
function nibble(blocks: DataView, at: number, within: number): number {
  const byte = blocks.getUint8(at + (within % 16));
  return within < 16 ? byte & 15 : byte >> 4;
}

/** Weight `i`, as the format is described. */
export function weightAt(blocks: DataView, quant: Quant, i: number): number {
  const within = i % 32;
  switch (quant) {
    case 'f16':
      return half(blocks, 2 * i);
    case 'bf16':
      return decodeBfloat(blocks.getUint16(2 * i, true));
    case 'q8_0': {
      const start = Math.floor(i / 32) * 34;
      return half(blocks, start) * blocks.getInt8(start + 2 + within);
    }
    case 'q4_0': {
      const start = Math.floor(i / 32) * 18;
      return half(blocks, start) * (nibble(blocks, start + 2, within) - 8);
    }
    case 'q4_1': {
      const start = Math.floor(i / 32) * 20;
      return half(blocks, start) * nibble(blocks, start + 4, within) + half(blocks, start + 2);
    }
    case 'q5_0': {
      const start = Math.floor(i / 32) * 22;
      const fifth = (blocks.getUint32(start + 2, true) >>> within) & 1;
      return half(blocks, start) * ((nibble(blocks, start + 6, within) | (fifth << 4)) - 16);
    }
    case 'q4_k': {
      const start = Math.floor(i / 256) * 144;
      const j = Math.floor(i / 32) % 8;
      const byte = blocks.getUint8(start + 16 + 32 * (j >> 1) + within);
      const q = j % 2 === 0 ? byte & 15 : byte >> 4;
      const scale = half(blocks, start) * sixBits(blocks, start + 4, j, false);
      return scale * q - half(blocks, start + 2) * sixBits(blocks, start + 4, j, true);
    }
    case 'q6_k': {
      const start = Math.floor(i / 256) * 210;
      const part = Math.floor((i % 256) / 128);
      const group = Math.floor(i / 32) % 4;
      const byte = blocks.getUint8(start + 64 * part + 32 * (group % 2) + within);
      const low = group < 2 ? byte & 15 : byte >> 4;
      const high = (blocks.getUint8(start + 128 + 32 * part + within) >> (2 * group)) & 3;
      const scale = blocks.getInt8(start + 192 + Math.floor((i % 256) / 16));
      return half(blocks, start + 208) * scale * ((low | (high << 4)) - 32);
    }
  }
}

/** Weight by weight; the scale is read and decoded again for each. */
export function dequantNaive(blocks: DataView, quant: Quant, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = weightAt(blocks, quant, i);
}

export const naive = defineVariant<DequantInput, DequantShape>({
  name: 'naive',
  backend: 'js',
  idea: 'weight by weight through a DataView, the scale decoded again for each',
  prepare({ blocks }, { R, C, quant }) {
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    return jsVariant(R * C, (out) => dequantNaive(view, quant, out));
  },
});
