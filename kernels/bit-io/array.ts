import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** An array with an element for each bit, packed at the end. */
export function bitsInArray(codes: Uint32Array, lengths: Uint8Array): Uint8Array {
  const bits: number[] = [];
  for (let k = 0; k < codes.length; k++) {
    for (let bit = lengths[k]! - 1; bit >= 0; bit--) bits.push((codes[k]! >>> bit) & 1);
  }
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) bytes[i >> 3]! |= bits[i]! << (7 - (i & 7));
  return bytes;
}

export const array = defineVariant<BitIoInput, BitIoShape>({
  name: 'array',
  backend: 'js',
  idea: 'a number in a growing array for each bit, packed into bytes at the end',
  prepare: ({ codes, lengths }, { B }) => freshVariant(Math.ceil(B / 8), () => bitsInArray(codes, lengths)),
});
