/** Blocks that no quantiser writes but a file may hold, made from bytes directly. */

import { BLOCK, BLOCK_BYTES } from '../lib/quant.ts';
import type { Rng } from '../lib/rng.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Fills blocks with scale codes from `scale` and quant bytes from `byte`. */
function blocksOf({ R, C, quant }: DequantShape, scale: () => number, byte: () => number): DequantInput {
  const size = BLOCK_BYTES[quant];
  const blocks = new Uint8Array(((R * C) / BLOCK) * size);
  for (let p = 0; p < blocks.length; p += size) {
    const code = scale();
    blocks[p] = code;
    blocks[p + 1] = code >> 8;
    for (let i = 2; i < size; i++) blocks[p + i] = byte();
  }
  return { blocks };
}

const anyOf = (rng: Rng, choices: readonly number[]) => () => choices[rng.integer(choices.length)]!;
const anyByte = (rng: Rng) => () => rng.integer(256);

/** ±0, the least, a middling and the greatest denormal, the least normal, ±1, and ±65504, the greatest. */
const EDGE_SCALES = [
  0x0000, 0x8000, 0x0001, 0x8001, 0x0155, 0x03ff, 0x83ff, 0x0400, 0x3c00, 0xbc00, 0x7bff, 0xfbff,
];
/** ±Infinity, and NaNs quiet, signalling and negative. */
const INFINITE_AND_NAN = [0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xffff];
/** Quants −128, 127, 0, −1 and 1 of `q8_0`; every pair of the nibbles 0, 8 (which stands for 0) and 15. */
const EXTREME_BYTES = {
  q8_0: [0x80, 0x7f, 0x00, 0xff, 0x01],
  q4_0: [0x00, 0x0f, 0xf0, 0xff, 0x88, 0x80, 0x08, 0xf8, 0x8f],
};

export const hostileBlocks = {
  'extreme quants under denormal, zero, negative and the largest scales': (shape: DequantShape, rng: Rng) =>
    blocksOf(shape, anyOf(rng, EDGE_SCALES), anyOf(rng, EXTREME_BYTES[shape.quant])),
  'random bytes, any finite scale': (shape: DequantShape, rng: Rng) =>
    // A finite code has an exponent below 31.
    blocksOf(shape, () => rng.integer(0x7c00) + 0x8000 * rng.integer(2), anyByte(rng)),
  'infinite and NaN scales': (shape: DequantShape, rng: Rng) =>
    blocksOf(shape, anyOf(rng, INFINITE_AND_NAN), anyOf(rng, EXTREME_BYTES[shape.quant])),
};
