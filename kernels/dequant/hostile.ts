/** Blocks that no quantiser writes but a file may hold, made from bytes directly. */

import { QUANTS, type Quant } from '../lib/quant.ts';
import type { Rng } from '../lib/rng.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Where in a block its scales and minima of half precision stand. */
export const HALVES: Readonly<Record<Quant, readonly number[]>> = {
  q8_0: [0],
  q4_0: [0],
  q4_1: [0, 2],
  q5_0: [0],
  q4_k: [0, 2],
  q6_k: [208],
  f16: [0],
  bf16: [0],
};

/** Fills blocks with 16-bit codes from `scale` and other bytes from `byte`. */
export function blocksOf(
  { R, C, quant }: DequantShape,
  scale: () => number,
  byte: () => number,
): DequantInput {
  const { block, bytes } = QUANTS[quant];
  const blocks = new Uint8Array(((R * C) / block) * bytes);
  for (let p = 0; p < blocks.length; p += bytes) {
    for (let i = 0; i < bytes; i++) blocks[p + i] = byte();
    for (const at of HALVES[quant]) {
      const code = scale();
      blocks[p + at] = code;
      blocks[p + at + 1] = code >> 8;
    }
  }
  return { blocks };
}

const anyOf = (rng: Rng, choices: readonly number[]) => () => choices[rng.integer(choices.length)]!;
const anyByte = (rng: Rng) => () => rng.integer(256);

/** ±0, the least, a middling and the greatest denormal, the least normal, ±1, and ±65504, the greatest. */
const EDGE_HALVES = [
  0x0000, 0x8000, 0x0001, 0x8001, 0x0155, 0x03ff, 0x83ff, 0x0400, 0x3c00, 0xbc00, 0x7bff, 0xfbff,
];
/** The same of bfloat16, whose denormals are denormal as a float32 too. */
const EDGE_BFLOATS = [
  0x0000, 0x8000, 0x0001, 0x8001, 0x0055, 0x007f, 0x807f, 0x0080, 0x3f80, 0xbf80, 0x7f7f, 0xff7f,
];
/** ±Infinity, and NaNs quiet, signalling and negative. */
const INFINITE_AND_NAN = [0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xffff];
const INFINITE_AND_NAN_BFLOATS = [0x7f80, 0xff80, 0x7fc0, 0x7f81, 0xffff];
/** Signed bytes −128, 127, 0, −1 and 1. */
const EXTREME_BYTES = [0x80, 0x7f, 0x00, 0xff, 0x01];
/** Every pair of the nibbles 0, 8 (which stands for 0 in `q4_0`) and 15. */
const EXTREME_NIBBLES = [0x00, 0x0f, 0xf0, 0xff, 0x88, 0x80, 0x08, 0xf8, 0x8f];

const extremes = (quant: Quant) => (quant === 'q8_0' ? EXTREME_BYTES : EXTREME_NIBBLES);

export const hostileBlocks = {
  'extreme quants under denormal, zero, negative and the largest scales': (shape: DequantShape, rng: Rng) =>
    blocksOf(
      shape,
      anyOf(rng, shape.quant === 'bf16' ? EDGE_BFLOATS : EDGE_HALVES),
      anyOf(rng, extremes(shape.quant)),
    ),
  'random bytes, any finite scale': (shape: DequantShape, rng: Rng) => {
    // A finite code has an exponent below 31, or 255.
    const finite = shape.quant === 'bf16' ? 0x7f80 : 0x7c00;
    return blocksOf(shape, () => rng.integer(finite) + 0x8000 * rng.integer(2), anyByte(rng));
  },
  'infinite and NaN scales': (shape: DequantShape, rng: Rng) =>
    blocksOf(
      shape,
      anyOf(rng, shape.quant === 'bf16' ? INFINITE_AND_NAN_BFLOATS : INFINITE_AND_NAN),
      anyOf(rng, extremes(shape.quant)),
    ),
};
