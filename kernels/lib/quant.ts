/**
 * The block formats of ggml that the kernels read, and their quantisers. Along a row, 32 weights share one half-precision
 * scale d; a block is stored as d (2 bytes, little-endian) followed by the quants:
 * - `q8_0`, 34 bytes: 32 signed bytes q; x = d · q
 * - `q4_0`, 18 bytes: 16 bytes, byte j holding weight j in its low and weight j + 16 in its high nibble q; x = d · (q − 8)
 *
 * The formats and the rounding are those of ggml (`block_q8_0`, `block_q4_0`, `quantize_row_*_ref`).
 */
import { encodeHalf } from './f16.ts';

export type Quant = 'q8_0' | 'q4_0';

/** Weights in a block of either format. */
export const BLOCK = 32;

/** Bytes of a block. */
export const BLOCK_BYTES: Readonly<Record<Quant, number>> = { q8_0: 34, q4_0: 18 };

/** Bytes of `n` weights, a multiple of 32. */
export function quantBytes(quant: Quant, n: number): number {
  return (n / BLOCK) * BLOCK_BYTES[quant];
}

/**
 * Throws an Error with one line that names `subject` when `quant` is no format of this file or the row length `C` is no
 * positive multiple of 32.
 */
export function checkQuant(subject: string, quant: unknown, C: unknown): void {
  if (typeof quant !== 'string' || !Object.hasOwn(BLOCK_BYTES, quant)) {
    throw new Error(
      `${subject}: unknown quant "${quant}"; there are ${Object.keys(BLOCK_BYTES).join(' and ')}`,
    );
  }
  if (!Number.isSafeInteger(C) || (C as number) <= 0 || (C as number) % BLOCK !== 0) {
    throw new Error(`${subject}: a row of ${C} weights cannot be cut into blocks of ${BLOCK}`);
  }
}

/**
 * Whole blocks of finite float32 weights to `q8_0` at `out[at…]`: d = max |x| / 127 and q = x / d rounded to nearest, halves
 * away from zero. As in ggml, q comes from the float32 d, before it is rounded to half precision.
 */
export function quantizeQ8_0(x: Float32Array, out: Uint8Array, at = 0): void {
  const f32 = Math.fround;
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 34) {
    let largest = 0;
    for (let i = start; i < start + BLOCK; i++) {
      const magnitude = Math.abs(x[i]!);
      if (magnitude > largest) largest = magnitude;
    }
    const d = f32(largest / 127);
    const inverse = d === 0 ? 0 : f32(1 / d);
    const code = encodeHalf(d);
    out[p] = code;
    out[p + 1] = code >> 8;
    for (let i = 0; i < BLOCK; i++) {
      const v = f32(x[start + i]! * inverse);
      out[p + 2 + i] = v < 0 ? -Math.floor(0.5 - v) : Math.floor(v + 0.5);
    }
  }
}

/**
 * Whole blocks of finite float32 weights to `q4_0` at `out[at…]`: d = the weight of largest magnitude (the first of equals)
 * / −8, so that it becomes the nibble 0, and q = min(15, ⌊x / d + 8.5⌋), product and sum each rounded to float32 as ggml's source
 * has it. Builds of ggml whose compiler fuses the two differ where x / d stands a rounding error from a half.
 */
export function quantizeQ4_0(x: Float32Array, out: Uint8Array, at = 0): void {
  const f32 = Math.fround;
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 18) {
    let largest = 0;
    let extreme = 0;
    for (let i = start; i < start + BLOCK; i++) {
      const magnitude = Math.abs(x[i]!);
      if (magnitude > largest) {
        largest = magnitude;
        extreme = x[i]!;
      }
    }
    const d = f32(extreme / -8);
    const inverse = d === 0 ? 0 : f32(1 / d);
    const code = encodeHalf(d);
    out[p] = code;
    out[p + 1] = code >> 8;
    for (let j = 0; j < 16; j++) {
      const low = Math.min(15, Math.trunc(f32(f32(x[start + j]! * inverse) + 8.5)));
      const high = Math.min(15, Math.trunc(f32(f32(x[start + j + 16]! * inverse) + 8.5)));
      out[p + 2 + j] = low | (high << 4);
    }
  }
}
