/** Sizes of what qpack.as.ts and qactivations.as.ts make. */
import type { Quant } from './quant.ts';

/** Bytes of eight rows of one block, with 32 weights a row or 256. */
const GROUPS: Readonly<Partial<Record<Quant, { bytes: number; block: number }>>> = {
  q8_0: { bytes: 272, block: 32 },
  q4_0: { bytes: 144, block: 32 },
  q4_k: { bytes: 1184, block: 256 },
};

/** Name of the export that packs a format, in every module that has one. */
export const PACKERS: Readonly<Partial<Record<Quant, string>>> = {
  q8_0: 'packQ8',
  q4_0: 'packQ4',
  q4_k: 'packQ4K',
};

/** Bytes of N rows of K packed weights. */
export function packedBytes(quant: Quant, N: number, K: number): number {
  const { bytes, block } = GROUPS[quant]!;
  return Math.ceil(N / 8) * (K / block) * bytes;
}
