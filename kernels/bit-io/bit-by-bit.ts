import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** Each bit goes into the byte that is being filled. */
export function packBits(codes: Uint32Array, lengths: Uint8Array, bytes: Uint8Array): void {
  let filling = 1; // a one in front of the bits: the byte is full when it has moved to bit 8
  let at = 0;
  for (let k = 0; k < codes.length; k++) {
    const code = codes[k]!;
    for (let bit = lengths[k]! - 1; bit >= 0; bit--) {
      filling = (filling << 1) | ((code >>> bit) & 1);
      if (filling >= 256) {
        bytes[at++] = filling;
        filling = 1;
      }
    }
  }
  if (filling > 1) {
    while (filling < 256) filling <<= 1;
    bytes[at] = filling;
  }
}

export const bitByBit = defineVariant<BitIoInput, BitIoShape>({
  name: 'bit-by-bit',
  backend: 'js',
  idea: 'packed as they come: a shift and a branch a bit, and no memory but the bytes',
  prepare: ({ codes, lengths }, { B }) =>
    integerVariant(new Uint8Array(Math.ceil(B / 8)), (bytes) => packBits(codes, lengths, bytes)),
});
