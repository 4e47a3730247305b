import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { array } from './array.ts';
import { bitByBit } from './bit-by-bit.ts';
import { naive } from './naive.ts';
import { packed } from './packed.ts';
import { bitIoReference } from './reference.ts';
import { wasm } from './wasm.ts';
import { words } from './words.ts';

/** Bits in all. */
export type BitIoShape = { readonly B: number };

export interface BitIoInput {
  /** Codes, each below 2^length. */
  readonly codes: Uint32Array;
  /** Bits of each code, 1 to 24; they sum to B. */
  readonly lengths: Uint8Array;
}

/** Codes of `length()` bits until there are B; the last is shorter where it must be. */
function codesOf(B: number, length: () => number, bits: (length: number) => number): BitIoInput {
  const codes: number[] = [];
  const lengths: number[] = [];
  for (let left = B; left > 0; left -= lengths.at(-1)!) {
    const n = Math.min(length(), left);
    lengths.push(n);
    codes.push(bits(n));
  }
  return { codes: Uint32Array.from(codes), lengths: Uint8Array.from(lengths) };
}

const random = (rng: Rng) => (length: number) => rng.integer(2 ** length);
const always = (n: number) => () => n;

/**
 * Codes of some bits each, one behind the other from the highest bit of the first byte on; the last byte is filled with zeros.
 *
 * Where a code goes depends on the lengths of all before it, and a stream has one writer: no threads, no GPU, no vectors. WASM is
 * here for its 64-bit registers.
 */
export const bitIo = defineKernel<BitIoInput, BitIoShape>({
  name: 'bit-io',
  formula:
    'out[⌈B/8⌉] = the bits of codes of 1 to 24 bits, B in all, from the highest bit of the first byte on',
  ledger: ['S1-15'],
  cases: [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((B) => ({ shape: { B }, from: `${B % 8} beyond whole bytes` })),
    { shape: { B: 1001 }, from: 'odd' },
    { shape: { B: 8192 }, from: 'a neural compressor: 4096 bytes of text at two bits each' },
    { shape: { B: 65_543 }, from: '8 KiB and seven bits' },
  ],
  // Codes of arithmetic coders and of Huffman codes have a few bits: 4.75 on average.
  inputs: ({ B }, rng) => codesOf(B, () => 1 + Math.min(rng.integer(8), rng.integer(24)), random(rng)),
  hostile: {
    'single bits': ({ B }, rng) => codesOf(B, always(1), random(rng)),
    '24 bits each': ({ B }, rng) => codesOf(B, always(24), random(rng)),
    'all ones': ({ B }, rng) =>
      codesOf(
        B,
        () => 1 + rng.integer(24),
        (length) => 2 ** length - 1,
      ),
    'zeros with a one at the end': ({ B }, rng) =>
      codesOf(
        B,
        () => 1 + rng.integer(24),
        () => 1,
      ),
  },
  learned: [
    'Packed bits are 10 to 20 times as fast as text and arrays, as in Python; a branch that is seldom taken then gains 3 times more, and 64-bit registers twice that.',
  ],
  reference: bitIoReference,
  outputLength: ({ B }) => Math.ceil(B / 8),
  tolerance: { metric: 'abs', bound: 0, why: 'bits' },
  // A shift and a union for each bit where they come one by one, which is how a coder makes most of them.
  work: ({ B }) => ({ flops: 2 * B, bytes: Math.ceil(B / 8) + Math.ceil((5 * B) / 4.75) }),
  variants: [naive, array, bitByBit, packed, words, wasm],
});
