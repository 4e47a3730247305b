/**
 * The formats of ggml in which the kernels read weights, exactly as GGUF files store them. Blocks lie along a row; numbers are
 * little-endian, and d, m and dmin half precision. 32 weights share a block of
 * - `q8_0`, 34 bytes: d, 32 signed bytes q; x = d · q
 * - `q4_0`, 18 bytes: d, 16 bytes, byte j holding weight j in its low and weight j + 16 in its high nibble q; x = d · (q − 8)
 * - `q4_1`, 20 bytes: d, m, 16 such bytes; x = d · q + m
 * - `q5_0`, 22 bytes: d, 4 bytes whose bit j is the fifth of weight j, 16 such bytes; x = d · (q − 16)
 *
 * and 256 weights a block of
 * - `q4_k`, 144 bytes: d, dmin, 12 bytes with a scale s and a minimum m of 6 bits for each 32 weights, 128 bytes of which 32 hold
 *   32 weights in their low and the next 32 in their high nibbles; x = d · s · q − dmin · m
 * - `q6_k`, 210 bytes: 128 bytes with the low 4 bits, 64 with the high 2 bits, a signed byte s for each 16 weights, d;
 *   x = d · s · (q − 32)
 *
 * `f16` and `bf16` are numbers of 2 bytes: IEEE binary16, and the upper half of a float32.
 *
 * The formats are those of ggml (`ggml-common.h`); `Quant` are their names in lower case.
 */

export const QUANTS = {
  q8_0: { block: 32, bytes: 34 },
  q4_0: { block: 32, bytes: 18 },
  q4_1: { block: 32, bytes: 20 },
  q5_0: { block: 32, bytes: 22 },
  q4_k: { block: 256, bytes: 144 },
  q6_k: { block: 256, bytes: 210 },
  f16: { block: 1, bytes: 2 },
  bf16: { block: 1, bytes: 2 },
} as const;

export type Quant = keyof typeof QUANTS;

/** Weights in a block of `q8_0`, `q4_0`, `q4_1` and `q5_0`, and of activations that are quantised on the way. */
export const BLOCK = 32;

/** Bytes of `n` weights, a multiple of the format's block. */
export function quantBytes(quant: Quant, n: number): number {
  const { block, bytes } = QUANTS[quant];
  return (n / block) * bytes;
}

/**
 * Throws an Error with one line that names `subject` when `quant` is not among `known` or the row length is no positive multiple
 * of its block.
 */
export function checkQuant(
  subject: string,
  quant: unknown,
  row: unknown,
  known: readonly string[] = Object.keys(QUANTS),
): void {
  if (typeof quant !== 'string' || !known.includes(quant))
    throw new Error(`${subject}: unknown quant "${quant}"; there are ${known.join(', ')}`);
  const { block } = QUANTS[quant as Quant];
  if (!Number.isSafeInteger(row) || (row as number) <= 0 || (row as number) % block !== 0)
    throw new Error(`${subject}: a row of ${row} weights cannot be cut into blocks of ${block}`);
}
