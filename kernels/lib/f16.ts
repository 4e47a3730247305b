/**
 * IEEE 754 binary16 ("half", "f16") as 16-bit codes, for engines that have no Float16Array, and bfloat16, the upper half of a
 * float32.
 */

const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);

/**
 * The value of a half code (0 to 65,535), exactly: denormals, ±0, ±Infinity and NaN included. Every half is a float32.
 */
export function decodeHalf(code: number): number {
  const magnitude = code & 0x7fff;
  const sign = (code & 0x8000) << 16;
  if (magnitude < 0x0400) {
    // Zero or denormal: a multiple of 2^-24. The product keeps the sign of zero.
    return (sign === 0 ? 1 : -1) * magnitude * 2 ** -24;
  }
  // The exponent is rebiased from 15 to 127; that of Infinity and NaN goes from 31 to 255, twice as far.
  const rebias = magnitude < 0x7c00 ? 0x38000000 : 0x70000000;
  U32[0] = sign | ((magnitude << 13) + rebias);
  return F32[0]!;
}

/**
 * The half code nearest to `x`, which is rounded to float32 first; ties go to the even code. Magnitudes of 65,520 and more
 * become ±Infinity, those of 2^-25 and less ±0, and any NaN the quiet NaN 0x7e00.
 */
export function encodeHalf(x: number): number {
  F32[0] = x;
  const bits = U32[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520, half-way to the 65536 that does not exist
  if (magnitude < 0x38800000) {
    // Below 2^-14: neighbours of 0.5 are 2^-24 apart, so this addition rounds to a denormal half.
    F32[0] = Math.abs(F32[0]!) + 0.5;
    return sign | (U32[0]! - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0x0fff + odd) >>> 13);
}

/** The value of a bfloat16 code (0 to 65,535), exactly; NaN gives NaN. */
export function decodeBfloat(code: number): number {
  U32[0] = code << 16;
  return F32[0]!;
}

/**
 * The bfloat16 code nearest to `x`, which is rounded to float32 first; ties go to the even code, what lies beyond the largest
 * becomes ±Infinity, and a NaN keeps its sign and upper bits and is quiet.
 */
export function encodeBfloat(x: number): number {
  F32[0] = x;
  const bits = U32[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
