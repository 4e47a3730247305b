import { defineVariant } from '../kernel.ts';
import { decodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import { BLOCK, type Quant } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Blocks [from, to) of `q8_0`, seen as signed bytes: block b gives out[32 b … 32 b + 31]. Four weights a turn. */
export function dequantQ8_0(blocks: Int8Array, out: Float32Array, from: number, to: number): void {
  for (let b = from; b < to; b++) {
    const start = b * 34;
    const d = decodeHalf((blocks[start]! & 0xff) | ((blocks[start + 1]! & 0xff) << 8));
    const end = start + 34;
    for (let p = start + 2, o = b * 32; p < end; p += 4, o += 4) {
      out[o] = d * blocks[p]!;
      out[o + 1] = d * blocks[p + 1]!;
      out[o + 2] = d * blocks[p + 2]!;
      out[o + 3] = d * blocks[p + 3]!;
    }
  }
}

/** Blocks [from, to) of `q4_0`. A byte gives two weights, 16 apart; two bytes a turn. */
export function dequantQ4_0(blocks: Uint8Array, out: Float32Array, from: number, to: number): void {
  for (let b = from; b < to; b++) {
    const start = b * 18;
    const d = decodeHalf(blocks[start]! | (blocks[start + 1]! << 8));
    const end = start + 18;
    for (let p = start + 2, o = b * 32; p < end; p += 2, o += 2) {
      const first = blocks[p]!;
      const second = blocks[p + 1]!;
      out[o] = d * ((first & 15) - 8);
      out[o + 1] = d * ((second & 15) - 8);
      out[o + 16] = d * ((first >> 4) - 8);
      out[o + 17] = d * ((second >> 4) - 8);
    }
  }
}

/** The loop of one format over `blocks`: writes blocks [from, to) to `out`. */
export function blockLoop(
  quant: Quant,
  blocks: Uint8Array,
): (out: Float32Array, from: number, to: number) => void {
  if (quant === 'q4_0') return (out, from, to) => dequantQ4_0(blocks, out, from, to);
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  return (out, from, to) => dequantQ8_0(signed, out, from, to);
}

export const blocked = defineVariant<DequantInput, DequantShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'block by block: one scale for 32 weights, both nibbles of a byte at once, the inner loop unrolled',
  prepare({ blocks }, { R, C, quant }) {
    const loop = blockLoop(quant, blocks);
    return jsVariant(R * C, (out) => loop(out, 0, (R * C) / BLOCK));
  },
});
