import { loadHalf } from '../lib/f16.as';
import { firstOf } from '../lib/math.as';

const NIBBLE: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);
const EIGHT: usize = memory.data<u8>([8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]);

/** Eight signed 16-bit quants times the scale, to eight floats at `out`. */
// @ts-ignore: decorator
@inline
function storeEight(out: usize, q: v128, d: v128, offset: usize): void {
  v128.store(out + offset, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(q)), d));
  v128.store(out + offset, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(q)), d), 16);
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
    storeEight(o, i16x8.extend_low_i8x16_s(low), d, 0);
    storeEight(o, i16x8.extend_high_i8x16_s(low), d, 32);
    storeEight(o, i16x8.extend_low_i8x16_s(high), d, 64);
    storeEight(o, i16x8.extend_high_i8x16_s(high), d, 96);
  }
}
