import type { Reference } from '../kernel.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** Bit i of the stream has the weight 2^(7 − i mod 8) in byte ⌊i / 8⌋. */
export function bitIoReference({ codes, lengths }: BitIoInput, { B }: BitIoShape): Reference {
  const values = new Float64Array(Math.ceil(B / 8));
  let at = 0;
  codes.forEach((code, k) => {
    for (let bit = lengths[k]! - 1; bit >= 0; bit--, at++) {
      values[at >> 3]! += (Math.floor(code / 2 ** bit) % 2) * 2 ** (7 - (at & 7));
    }
  });
  return { values };
}
