import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** A word of 32 bits is filled from its top, and stored when it is full. */
export function packWords(codes: Uint32Array, lengths: Uint8Array, bytes: Uint8Array): void {
  let word = 0;
  let room = 32;
  let at = 0;
  for (let k = 0; k < codes.length; k++) {
    const code = codes[k]!;
    room -= lengths[k]!;
    if (room > 0) {
      word |= code << room;
    } else {
      // As much as fits, which may be all; the rest begins the next word. A shift by 32 is one by 0.
      word |= code >>> -room;
      bytes[at] = word >>> 24;
      bytes[at + 1] = word >>> 16;
      bytes[at + 2] = word >>> 8;
      bytes[at + 3] = word;
      at += 4;
      room += 32;
      word = room === 32 ? 0 : code << room;
    }
  }
  for (let left = 32 - room; left > 0; left -= 8) {
    bytes[at++] = word >>> 24;
    word <<= 8;
  }
}

export const words = defineVariant<BitIoInput, BitIoShape>({
  name: 'words',
  backend: 'js',
  idea: '`packed` that stores when 32 bits are full: one branch a code, which is seldom taken, in place of a loop whose length nobody can predict',
  prepare: ({ codes, lengths }, { B }) =>
    integerVariant(new Uint8Array(Math.ceil(B / 8)), (bytes) => packWords(codes, lengths, bytes)),
});
