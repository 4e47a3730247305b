/**
 * The loops of qmatvec.as.ts without the relaxed dot product, which not every engine has (AssemblyScript): weights are widened to
 * 16 bits on the way and multiplied by i32x4.dot_i16x8, which is exact.
 */
import { loadFourHalves } from './f16.as';
import { inverseOf, largestMagnitude, sixteenBytes, sumOf } from './qactivations.as';
import { Q4_0_GROUP, Q8_0_GROUP } from './qpack.as';

/** Bytes that {@link widened} makes of a block. */
export const WIDE_BYTES: usize = 80;

/** `K` floats as blocks of 80 bytes: float d, int −8 Σq, 8 bytes of nothing, 32 quants of 16 bits. */
export function widened(x: usize, out: usize, K: i32): void {
  const end = x + (usize(K) << 2);
  for (; x < end; x += 128, out += WIDE_BYTES) {
    const largest = largestMagnitude(x);
    const inverse = f32x4.splat(inverseOf(largest, 127));
    const low = sixteenBytes(x, inverse);
    const high = sixteenBytes(x + 64, inverse);
    store<f32>(out, largest / 127);
    store<i32>(out, -8 * sumOf(low, high), 4);
    v128.store(out, i16x8.extend_low_i8x16_s(low), 16);
    v128.store(out, i16x8.extend_high_i8x16_s(low), 32);
    v128.store(out, i16x8.extend_low_i8x16_s(high), 48);
    v128.store(out, i16x8.extend_high_i8x16_s(high), 64);
  }
}

/** Sums of four rows: each has two neighbouring lanes. */
// @ts-ignore: decorator
@inline
function pairs(a: v128, b: v128): v128 {
  const even = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  const odd = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  return i32x4.add(even, odd);
}

// @ts-ignore: decorator
@inline
function add(sum: v128, w: v128, x: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(w, x));
}

/** Q8_0: groups [from, to) of eight rows. The steps are a loop of their own: unrolled, their order would not survive binaryen. */
export function matvecWideQ8_0(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * WIDE_BYTES;
  let w = packed + usize(from) * blocks * Q8_0_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    let q = x;
    while (q < end) {
      const d = v128.load32_splat(q);
      const halves = w;
      let t0 = i32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
      q += 16;
      const stop = q + 64;
      do {
        const v = v128.load64_splat(q);
        t0 = add(t0, v128.load8x8_s(w, 16), v);
        t1 = add(t1, v128.load8x8_s(w, 24), v);
        t2 = add(t2, v128.load8x8_s(w, 32), v);
        t3 = add(t3, v128.load8x8_s(w, 40), v);
        w += 32;
        q += 8;
      } while (q < stop);
      a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(pairs(t0, t1)), f32x4.mul(d, loadFourHalves(halves)), a);
      b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(pairs(t2, t3)), f32x4.mul(d, loadFourHalves(halves + 8)), b);
      w += 16;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}

const NIBBLE: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);

/** Q4_0: the same. */
export function matvecWideQ4_0(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * WIDE_BYTES;
  let w = packed + usize(from) * blocks * Q4_0_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    let q = x;
    while (q < end) {
      const d = v128.load32_splat(q);
      const eights = v128.load32_splat(q, 4);
      const halves = w;
      let t0 = i32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
      q += 16;
      const stop = q + 64;
      do {
        const v = v128.load64_splat(q);
        const bytes = v128.load(w, 16);
        const low = v128.and(bytes, v128.load(NIBBLE));
        const high = v128.and(i16x8.shr_u(bytes, 4), v128.load(NIBBLE));
        t0 = add(t0, i16x8.extend_low_i8x16_s(low), v);
        t1 = add(t1, i16x8.extend_high_i8x16_s(low), v);
        t2 = add(t2, i16x8.extend_low_i8x16_s(high), v);
        t3 = add(t3, i16x8.extend_high_i8x16_s(high), v);
        w += 16;
        q += 8;
      } while (q < stop);
      const s0 = i32x4.add(pairs(t0, t1), eights), s1 = i32x4.add(pairs(t2, t3), eights);
      a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(s0), f32x4.mul(d, loadFourHalves(halves)), a);
      b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(s1), f32x4.mul(d, loadFourHalves(halves + 8)), b);
      w += 16;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}
