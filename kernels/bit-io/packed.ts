import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** Whole codes behind up to seven bits that wait: 7 + 24 bits are within 32. */
export function packCodes(codes: Uint32Array, lengths: Uint8Array, bytes: Uint8Array): void {
  let waiting = 0;
  let count = 0;
  let at = 0;
  for (let k = 0; k < codes.length; k++) {
    const length = lengths[k]!;
    // Bits above those that wait have been written; they move out at the top.
    waiting = (waiting << length) | codes[k]!;
    count += length;
    while (count >= 8) {
      count -= 8;
      bytes[at++] = waiting >>> count;
    }
  }
  if (count > 0) bytes[at] = waiting << (8 - count);
}

export const packed = defineVariant<BitIoInput, BitIoShape>({
  name: 'packed',
  backend: 'js',
  idea: 'a whole code at a time into a 32-bit integer, from which full bytes are stored',
  prepare: ({ codes, lengths }, { B }) =>
    integerVariant(new Uint8Array(Math.ceil(B / 8)), (bytes) => packCodes(codes, lengths, bytes)),
});
