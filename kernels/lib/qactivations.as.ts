/**
 * Activations as 8-bit integers (AssemblyScript), in blocks of 32 as ggml's Q8_0 but with a float32 scale: x ≈ d · q with
 * d = max|x| / 127 and q rounded to nearest, off by at most d / 2. A block that holds a NaN has the scale NaN, so that it is
 * not lost; one with an Infinity gives what is not finite or NaN. Blocks whose magnitudes are all below 2^-100 count as 0.
 */

const ABSOLUTE: usize = memory.data<u32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]);
/** 2^-100 */
const TINY: f32 = 7.888609052210118e-31;

// @ts-ignore: decorator
@inline
function magnitude(p: usize, offset: usize): v128 {
  return v128.and(v128.load(p + offset), v128.load(ABSOLUTE));
}

/** max|x| of 32 floats at `p`. Compared as integers, in which order a NaN stands above all else. */
export function largestMagnitude(p: usize): f32 {
  const a = i32x4.max_s(i32x4.max_s(magnitude(p, 0), magnitude(p, 16)), i32x4.max_s(magnitude(p, 32), magnitude(p, 48)));
  const b = i32x4.max_s(i32x4.max_s(magnitude(p, 64), magnitude(p, 80)), i32x4.max_s(magnitude(p, 96), magnitude(p, 112)));
  let m = i32x4.max_s(a, b);
  m = i32x4.max_s(m, i8x16.shuffle(m, m, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  m = i32x4.max_s(m, i8x16.shuffle(m, m, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return reinterpret<f32>(i32x4.extract_lane(m, 0));
}

/** Sixteen floats at `p` times `inverse`, rounded to nearest (ties to even), as signed bytes. */
// @ts-ignore: decorator
@inline
export function sixteenBytes(p: usize, inverse: v128): v128 {
  const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p), inverse)));
  const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 16), inverse)));
  const c = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 32), inverse)));
  const d = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 48), inverse)));
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** The factor that takes magnitudes up to `largest` to integers up to `most`; 0 where they are taken for zero. */
// @ts-ignore: decorator
@inline
export function inverseOf(largest: f32, most: f32): f32 {
  return largest < TINY ? 0 : most / largest;
}

/** Sum of 32 signed bytes. */
// @ts-ignore: decorator
@inline
export function sumOf(low: v128, high: v128): i32 {
  const pairs = i16x8.add(i16x8.extadd_pairwise_i8x16_s(low), i16x8.extadd_pairwise_i8x16_s(high));
  let sum = i32x4.extadd_pairwise_i16x8_s(pairs);
  sum = i32x4.add(sum, i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
}

/** Bytes that {@link splitSigns} makes of a block. */
export const SPLIT_BYTES: usize = 80;
const ZERO: usize = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/**
 * `K` floats as blocks of 80 bytes: d in the last 4 of 16, then 32 bytes max(q, 0) and 32 bytes max(−q, 0): both in 0 … 127, where
 * the relaxed dot product is exact on every engine as its second operand.
 */
export function splitSigns(x: usize, out: usize, K: i32): void {
  const end = x + (usize(K) << 2);
  for (; x < end; x += 128, out += SPLIT_BYTES) {
    const largest = largestMagnitude(x);
    const inverse = f32x4.splat(inverseOf(largest, 127));
    const low = sixteenBytes(x, inverse);
    const high = sixteenBytes(x + 64, inverse);
    const zero = v128.load(ZERO);
    store<f32>(out, largest / 127, 12);
    v128.store(out, i8x16.max_s(low, zero), 16);
    v128.store(out, i8x16.max_s(high, zero), 32);
    v128.store(out, i8x16.max_s(i8x16.sub(zero, low), zero), 48);
    v128.store(out, i8x16.max_s(i8x16.sub(zero, high), zero), 64);
  }
}

/** Bytes that {@link withSums} makes of a block. */
export const SUMS_BYTES: usize = 48;

/** `K` floats as blocks of 48 bytes: float d, int −8 Σq, float d · Σq, float d / 16, 32 signed bytes q. */
export function withSums(x: usize, out: usize, K: i32): void {
  const end = x + (usize(K) << 2);
  for (; x < end; x += 128, out += SUMS_BYTES) {
    const largest = largestMagnitude(x);
    const inverse = f32x4.splat(inverseOf(largest, 127));
    const low = sixteenBytes(x, inverse);
    const high = sixteenBytes(x + 64, inverse);
    const sum = sumOf(low, high);
    const d = largest / 127;
    store<f32>(out, d);
    store<i32>(out, -8 * sum, 4);
    store<f32>(out, d * f32(sum), 8);
    store<f32>(out, d * <f32>0.0625, 12);
    v128.store(out, low, 16);
    v128.store(out, high, 32);
  }
}
