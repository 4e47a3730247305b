import { loadFourHalves, loadHalf } from '../lib/f16.as';
import { firstOf } from '../lib/math.as';

const NIBBLE: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);
const EIGHT: usize = memory.data<u8>([8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]);
const SIXTEEN: usize = memory.data<u8>([16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]);
const THIRTY_TWO: usize = memory.data<u8>([32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32]);
const FORTY_EIGHT: usize = memory.data<u8>([48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48]);
/** Bit j mod 8 in byte j. */
const BITS: usize = memory.data<u8>([1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);

/** Which of the four bytes of fifth bits holds that of each weight, of the first 16 and of the second. */
const FIRST_FIFTHS: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
const SECOND_FIFTHS: usize = memory.data<u8>([2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]);

/** Eight signed 16-bit quants times the scale, to eight floats at `out`. */
// @ts-ignore: decorator
@inline
function storeEight(out: usize, q: v128, d: v128, offset: usize): void {
  v128.store(out + offset, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(q)), d));
  v128.store(out + offset, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(q)), d), 16);
}

/** Eight 16-bit quants times the scale plus the minimum; the products are exact, so that fused or not is the same. */
// @ts-ignore: decorator
@inline
function storeEightFrom(out: usize, q: v128, d: v128, m: v128, offset: usize): void {
  v128.store(out + offset, f32x4.relaxed_madd(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(q)), d, m));
  v128.store(out + offset, f32x4.relaxed_madd(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(q)), d, m), 16);
}

/** Sixteen signed bytes times the scale. */
// @ts-ignore: decorator
@inline
function storeSixteen(out: usize, q: v128, d: v128, offset: usize): void {
  storeEight(out, i16x8.extend_low_i8x16_s(q), d, offset);
  storeEight(out, i16x8.extend_high_i8x16_s(q), d, offset + 32);
}

/** Sixteen bytes times the scale plus the minimum. */
// @ts-ignore: decorator
@inline
function storeSixteenFrom(out: usize, q: v128, d: v128, m: v128, offset: usize): void {
  storeEightFrom(out, i16x8.extend_low_i8x16_s(q), d, m, offset);
  storeEightFrom(out, i16x8.extend_high_i8x16_s(q), d, m, offset + 32);
}

/** This thread's share of `count` blocks of `q8_0` (34 bytes: half scale, 32 signed bytes) to floats at `out`. */
export function dequantQ8_0(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 34;
  let o = out + from * 128;
  for (let p = blocks + from * 34; p < end; p += 34, o += 128) {
    const d = f32x4.splat(loadHalf(p));
    storeEight(o, v128.load8x8_s(p, 2), d, 0);
    storeEight(o, v128.load8x8_s(p, 10), d, 32);
    storeEight(o, v128.load8x8_s(p, 18), d, 64);
    storeEight(o, v128.load8x8_s(p, 26), d, 96);
  }
}

/** The same of `q4_0` (18 bytes: half scale, 16 bytes with weights 0 to 15 in the low and 16 to 31 in the high nibbles). */
export function dequantQ4_0(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 18;
  let o = out + from * 128;
  for (let p = blocks + from * 18; p < end; p += 18, o += 128) {
    const d = f32x4.splat(loadHalf(p));
    const bytes = v128.load(p, 2);
    const low = i8x16.sub(v128.and(bytes, v128.load(NIBBLE)), v128.load(EIGHT));
    // There is no 8-bit shift in x86: shifted as 16-bit lanes, the mask drops what came from the neighbour.
    const high = i8x16.sub(v128.and(i16x8.shr_u(bytes, 4), v128.load(NIBBLE)), v128.load(EIGHT));
    storeSixteen(o, low, d, 0);
    storeSixteen(o, high, d, 64);
  }
}

/** The same of `q4_1` (20 bytes: half scale, half minimum, nibbles as in `q4_0`). */
export function dequantQ4_1(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 20;
  let o = out + from * 128;
  for (let p = blocks + from * 20; p < end; p += 20, o += 128) {
    const d = f32x4.splat(loadHalf(p));
    const m = f32x4.splat(loadHalf(p + 2));
    const bytes = v128.load(p, 4);
    storeSixteenFrom(o, v128.and(bytes, v128.load(NIBBLE)), d, m, 0);
    storeSixteenFrom(o, v128.and(i16x8.shr_u(bytes, 4), v128.load(NIBBLE)), d, m, 64);
  }
}

/** The same of `q5_0` (22 bytes: half scale, 32 fifth bits, nibbles as in `q4_0`). */
export function dequantQ5_0(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 22;
  let o = out + from * 128;
  for (let p = blocks + from * 22; p < end; p += 22, o += 128) {
    const d = f32x4.splat(loadHalf(p));
    // Byte j has all bits set where the fifth bit of weight j is: 16 is subtracted where it is not.
    const fifths = v128.load32_splat(p, 2);
    const bits = v128.load(BITS);
    // Not shuffles: their constants would be made anew for each block. Indices below 16 are the same on every engine.
    const first = v128.and(i8x16.relaxed_swizzle(fifths, v128.load(FIRST_FIFTHS)), bits);
    const second = v128.and(i8x16.relaxed_swizzle(fifths, v128.load(SECOND_FIFTHS)), bits);
    const bytes = v128.load(p, 6);
    const low = v128.and(bytes, v128.load(NIBBLE));
    const high = v128.and(i16x8.shr_u(bytes, 4), v128.load(NIBBLE));
    storeSixteen(o, i8x16.sub(low, v128.andnot(v128.load(SIXTEEN), i8x16.eq(first, bits))), d, 0);
    storeSixteen(o, i8x16.sub(high, v128.andnot(v128.load(SIXTEEN), i8x16.eq(second, bits))), d, 64);
  }
}

/** Scale `j` of a block of `q4_k`: of 6 bits, those of the last four spread over two bytes. */
// @ts-ignore: decorator
@inline
function scaleOf(scales: usize, j: i32): f32 {
  const at = scales + usize(j);
  if (j < 4) return f32(load<u8>(at) & 63);
  return f32((load<u8>(at + 4) & 15) | ((load<u8>(at - 4) >> 6) << 4));
}

/** Minimum `j`: the same, in the other halves. */
// @ts-ignore: decorator
@inline
function minimumOf(scales: usize, j: i32): f32 {
  const at = scales + usize(j);
  if (j < 4) return f32(load<u8>(at + 4) & 63);
  return f32((load<u8>(at + 4) >> 4) | ((load<u8>(at) >> 6) << 4));
}

/** The same of `q4_k` (144 bytes for 256 weights: half d and dmin, 12 bytes of scales and minima, 128 bytes of nibbles). */
export function dequantQ4_K(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 144;
  let o = out + from * 1024;
  for (let p = blocks + from * 144; p < end; p += 144) {
    const d = loadHalf(p);
    const dmin = loadHalf(p + 2);
    let bytes = p + 16;
    for (let j = 0; j < 8; j += 2) {
      const d0 = f32x4.splat(d * scaleOf(p + 4, j));
      const d1 = f32x4.splat(d * scaleOf(p + 4, j + 1));
      const m0 = f32x4.splat(-dmin * minimumOf(p + 4, j));
      const m1 = f32x4.splat(-dmin * minimumOf(p + 4, j + 1));
      const a = v128.load(bytes);
      const b = v128.load(bytes, 16);
      storeSixteenFrom(o, v128.and(a, v128.load(NIBBLE)), d0, m0, 0);
      storeSixteenFrom(o, v128.and(b, v128.load(NIBBLE)), d0, m0, 64);
      storeSixteenFrom(o, v128.and(i16x8.shr_u(a, 4), v128.load(NIBBLE)), d1, m1, 128);
      storeSixteenFrom(o, v128.and(i16x8.shr_u(b, 4), v128.load(NIBBLE)), d1, m1, 192);
      bytes += 32;
      o += 256;
    }
  }
}

/** Quants of `q6_k` from four low bits and, already in place, two high ones. */
// @ts-ignore: decorator
@inline
function sixBits(low: v128, high: v128): v128 {
  return i8x16.sub(v128.or(v128.and(low, v128.load(NIBBLE)), v128.and(high, v128.load(FORTY_EIGHT))), v128.load(THIRTY_TWO));
}

/** The same of `q6_k` (210 bytes for 256 weights: 128 of low bits, 64 of high bits, 16 signed scales, half d). */
export function dequantQ6_K(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  const from = usize(firstOf(count, thread, threads));
  const end = blocks + usize(firstOf(count, thread + 1, threads)) * 210;
  let o = out + from * 1024;
  for (let p = blocks + from * 210; p < end; p += 210) {
    const d = loadHalf(p + 208);
    // Sixteen bytes of high bits at a time: they serve 16 weights of each of four groups, 32 weights apart.
    for (let i: usize = 0; i < 4; i++) {
      const low = p + 64 * (i >> 1) + 16 * (i & 1);
      const scales = p + 192 + 8 * (i >> 1) + (i & 1);
      const to = o + 512 * (i >> 1) + 64 * (i & 1);
      const a = v128.load(low);
      const b = v128.load(low, 32);
      const high = v128.load(p + 16 * i, 128);
      // Bits that a shift of 16-bit lanes brings from the neighbouring byte fall to the mask.
      storeSixteen(to, sixBits(a, i16x8.shl(high, 4)), f32x4.splat(d * f32(load<i8>(scales))), 0);
      storeSixteen(to, sixBits(b, i16x8.shl(high, 2)), f32x4.splat(d * f32(load<i8>(scales, 2))), 128);
      storeSixteen(to, sixBits(i16x8.shr_u(a, 4), high), f32x4.splat(d * f32(load<i8>(scales, 4))), 256);
      storeSixteen(to, sixBits(i16x8.shr_u(b, 4), i16x8.shr_u(high, 2)), f32x4.splat(d * f32(load<i8>(scales, 6))), 384);
    }
    o += 1024;
  }
}

/** The same of `count` halves. */
export function dequantF16(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  let i = firstOf(count, thread, threads);
  const end = firstOf(count, thread + 1, threads);
  let p = blocks + (usize(i) << 1);
  let o = out + (usize(i) << 2);
  for (; i + 4 <= end; i += 4, p += 8, o += 16) v128.store(o, loadFourHalves(p));
  for (; i < end; i++, p += 2, o += 4) store<f32>(o, loadHalf(p));
}

/** The same of `count` bfloat16 numbers: the upper halves of float32 ones. */
export function dequantBF16(blocks: usize, out: usize, count: i32, thread: i32, threads: i32): void {
  let i = firstOf(count, thread, threads);
  const end = firstOf(count, thread + 1, threads);
  let p = blocks + (usize(i) << 1);
  let o = out + (usize(i) << 2);
  for (; i + 4 <= end; i += 4, p += 8, o += 16) v128.store(o, i32x4.shl(v128.load16x4_u(p), 16));
  for (; i < end; i++, p += 2, o += 4) store<u32>(o, u32(load<u16>(p)) << 16);
}
