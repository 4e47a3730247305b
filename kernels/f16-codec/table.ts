import { defineVariant } from '../kernel.ts';
import { decodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { F16CodecInput, F16CodecShape } from './index.ts';

/** All 65,536 values: 256 KiB. */
const VALUES = Float32Array.from({ length: 65_536 }, (_, code) => decodeHalf(code));

/**
 * For each sign and exponent of a float32 (9 bits): the code that its mantissa, shifted, is added to, and by how much to shift.
 * After van der Zijp, Fast Half Float Conversions (2008), whose tables cut off; rounding comes from the bits shifted out.
 */
const BASE = new Uint16Array(512);
const SHIFT = new Uint8Array(512);
for (let i = 0; i < 256; i++) {
  const exponent = i - 127;
  let base = 0x7c00;
  let shift = 31;
  if (exponent < -25) base = 0;
  else if (exponent < -14) {
    // Denormal: the hidden bit, which is put in front of the mantissa, is shifted as well.
    base = 0;
    shift = -exponent - 1;
  } else if (exponent < 16) {
    // The hidden bit counts one exponent, which is taken off.
    base = (exponent + 14) << 10;
    shift = 13;
  }
  BASE[i] = base;
  BASE[i | 256] = base | 0x8000;
  SHIFT[i] = SHIFT[i | 256] = shift;
}

const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);

export function decodeTable(codes: Uint16Array, y: Float32Array): void {
  for (let i = 0; i < codes.length; i++) y[i] = VALUES[codes[i]!]!;
}

export function encodeTable(x: Float32Array, codes: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    F32[0] = x[i]!;
    const word = U32[0]!;
    const index = word >>> 23;
    const shift = SHIFT[index]!;
    const mantissa = (word & 0x7fffff) | 0x800000;
    const kept = mantissa >>> shift;
    const rest = mantissa - (kept << shift);
    const half = 2 ** (shift - 1);
    const up = shift < 31 && (rest > half || (rest === half && (kept & 1) === 1)) ? 1 : 0;
    codes[i] = (word & 0x7fffffff) > 0x7f800000 ? 0x7e00 : BASE[index]! + kept + up;
  }
}

export const table = defineVariant<F16CodecInput, F16CodecShape>({
  name: 'table',
  backend: 'js',
  idea: 'decoding by a table of all 65,536 values (256 KiB, which pushes weights out of the caches near the core), encoding by tables of 512 shifts and bases',
  prepare: ({ codes, x }, { N, op }) =>
    jsVariant(N, (y) => (op === 'decode' ? decodeTable(codes, y) : encodeTable(x, y))),
});
