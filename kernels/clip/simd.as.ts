import { firstOf } from '../lib/math.as';

// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** This thread's first byte of `N` floats, in whole cache lines. */
// @ts-ignore: decorator
@inline
function firstByte(N: i32, thread: i32, threads: i32): usize {
  return min(usize(firstOf((N + 15) >>> 4, thread, threads)) << 6, usize(N) << 2);
}

/** The sum of squares of this thread's share, in float64, to `partial`. */
export function squares(g: usize, out: usize, partial: usize, N: i32, thread: i32, threads: i32): void {
  const end = g + firstByte(N, thread + 1, threads);
  let p = g + firstByte(N, thread, threads);
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; p + 32 <= end; p += 32) {
    const v = v128.load(p), u = v128.load(p, 16);
    const a = f64x2.promote_low_f32x4(v), b = f64x2.promote_low_f32x4(high(v));
    const c = f64x2.promote_low_f32x4(u), d = f64x2.promote_low_f32x4(high(u));
    s0 = f64x2.relaxed_madd(a, a, s0);
    s1 = f64x2.relaxed_madd(b, b, s1);
    s2 = f64x2.relaxed_madd(c, c, s2);
    s3 = f64x2.relaxed_madd(d, d, s3);
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; p < end; p += 4) sum += <f64>load<f32>(p) * <f64>load<f32>(p);
  store<f64>(partial + (usize(thread) << 3), sum);
}

/** out = g / max(1, norm), this thread's share; `out` may be `g`. */
export function scale(g: usize, out: usize, partial: usize, N: i32, thread: i32, threads: i32): void {
  let sum: f64 = 0;
  for (let t = 0; t < threads; t++) sum += load<f64>(partial + (usize(t) << 3));
  // Math.min keeps a NaN.
  const factor = <f32>Math.min(1, 1 / Math.sqrt(sum));
  const factors = f32x4.splat(factor);
  const toOut = out - g;
  const end = g + firstByte(N, thread + 1, threads);
  let p = g + firstByte(N, thread, threads);
  for (; p + 64 <= end; p += 64) {
    const o = p + toOut;
    v128.store(o, f32x4.mul(v128.load(p), factors));
    v128.store(o, f32x4.mul(v128.load(p, 16), factors), 16);
    v128.store(o, f32x4.mul(v128.load(p, 32), factors), 32);
    v128.store(o, f32x4.mul(v128.load(p, 48), factors), 48);
  }
  for (; p < end; p += 4) store<f32>(p + toOut, load<f32>(p) * factor);
}
