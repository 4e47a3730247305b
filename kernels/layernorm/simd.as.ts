import { firstOf, sumLanes } from '../lib/math.as';

/** A row whose squares overflow float32, or with a NaN or an Infinity, in float64: rare, so written plainly. */
function rowInFloat64(x: usize, w: usize, b: usize, out: usize, C: i32, epsilon: f64): void {
  const bytes = usize(C) << 2;
  let sum: f64 = 0;
  for (let p: usize = 0; p < bytes; p += 4) sum += <f64>load<f32>(x + p);
  const mean = sum / f64(C);
  let squares: f64 = 0;
  for (let p: usize = 0; p < bytes; p += 4) {
    const d = <f64>load<f32>(x + p) - mean;
    squares += d * d;
  }
  const factor = 1 / Math.sqrt(squares / f64(C) + epsilon);
  for (let p: usize = 0; p < bytes; p += 4) {
    const y = (<f64>load<f32>(x + p) - mean) * factor;
    store<f32>(out + p, <f32>(y * <f64>load<f32>(w + p) + <f64>load<f32>(b + p)));
  }
}

/** out = ((x − shift) · factor + rest) · w + b for a row from `x` to `end`. */
// @ts-ignore: decorator
@inline
function scale(x: usize, end: usize, w: usize, b: usize, out: usize, shift: f32, factor: f32, rest: f32): void {
  const shifts = f32x4.splat(shift), factors = f32x4.splat(factor), rests = f32x4.splat(rest);
  const toW = w - x, toB = b - x, toOut = out - x;
  let p = x;
  for (; p + 64 <= end; p += 64) {
    const q = p + toW, r = p + toB, o = p + toOut;
    const y0 = f32x4.relaxed_madd(f32x4.sub(v128.load(p), shifts), factors, rests);
    const y1 = f32x4.relaxed_madd(f32x4.sub(v128.load(p, 16), shifts), factors, rests);
    const y2 = f32x4.relaxed_madd(f32x4.sub(v128.load(p, 32), shifts), factors, rests);
    const y3 = f32x4.relaxed_madd(f32x4.sub(v128.load(p, 48), shifts), factors, rests);
    v128.store(o, f32x4.relaxed_madd(y0, v128.load(q), v128.load(r)));
    v128.store(o, f32x4.relaxed_madd(y1, v128.load(q, 16), v128.load(r, 16)), 16);
    v128.store(o, f32x4.relaxed_madd(y2, v128.load(q, 32), v128.load(r, 32)), 32);
    v128.store(o, f32x4.relaxed_madd(y3, v128.load(q, 48), v128.load(r, 48)), 48);
  }
  for (; p < end; p += 4) {
    store<f32>(p + toOut, ((load<f32>(p) - shift) * factor + rest) * load<f32>(p + toW) + load<f32>(p + toB));
  }
}

/**
 * Mean, then squares about it, then the result: three passes over a row in the first-level cache. The mean is a float32, and at an
 * offset of 1e4 its rounding is a fraction of the deviation: the second pass therefore sums the differences too, which would be 0
 * for the exact mean (the corrected two-pass algorithm: Chan, Golub & LeVeque, "Algorithms for computing the sample variance", 1983).
 */
function row(start: usize, end: usize, w: usize, b: usize, o: usize, C: i32, epsilon: f64): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let p = start;
  for (; p + 64 <= end; p += 64) {
    s0 = f32x4.add(s0, v128.load(p));
    s1 = f32x4.add(s1, v128.load(p, 16));
    s2 = f32x4.add(s2, v128.load(p, 32));
    s3 = f32x4.add(s3, v128.load(p, 48));
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; p < end; p += 4) sum += load<f32>(p);
  const mean = sum / f32(C);

  const means = f32x4.splat(mean);
  s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  p = start;
  for (; p + 64 <= end; p += 64) {
    const d0 = f32x4.sub(v128.load(p), means), d1 = f32x4.sub(v128.load(p, 16), means);
    const d2 = f32x4.sub(v128.load(p, 32), means), d3 = f32x4.sub(v128.load(p, 48), means);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    s2 = f32x4.add(s2, d2);
    s3 = f32x4.add(s3, d3);
    q0 = f32x4.relaxed_madd(d0, d0, q0);
    q1 = f32x4.relaxed_madd(d1, d1, q1);
    q2 = f32x4.relaxed_madd(d2, d2, q2);
    q3 = f32x4.relaxed_madd(d3, d3, q3);
  }
  let rest = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  let squares = sumLanes(f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3)));
  for (; p < end; p += 4) {
    const d = load<f32>(p) - mean;
    rest += d;
    squares += d * d;
  }

  // NaN, too.
  if (!(squares < Infinity)) {
    rowInFloat64(start, w, b, o, C, epsilon);
    return;
  }
  // In float64: once a row, and some roundings less.
  const missing = <f64>rest / f64(C);
  const variance = Math.max(<f64>squares / f64(C) - missing * missing, 0);
  const factor = 1 / Math.sqrt(variance + epsilon);
  scale(start, end, w, b, o, mean, <f32>factor, <f32>(-missing * factor));
}

/** This thread's share of `R` rows of `C` floats from `x` to `out` (which may be `x`), gain and offset of the columns at `w` and `b`. */
export function layernormTwoPass(
  x: usize, w: usize, b: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let r = firstOf(R, thread, threads); r < to; r++) {
    const at = usize(r) * rowBytes;
    row(x + at, x + at + rowBytes, w, b, out + at, C, epsilon);
  }
}

/** Of the first 16 floats of a row the mean, of a shorter one the first: some number that is near the mean of most rows. */
// @ts-ignore: decorator
@inline
function anchor(x: usize, C: i32): f32 {
  if (C < 16) return load<f32>(x);
  const low = f32x4.add(v128.load(x), v128.load(x, 16));
  return sumLanes(f32x4.add(low, f32x4.add(v128.load(x, 32), v128.load(x, 48)))) * 0.0625;
}

/**
 * The same with one pass for both sums, of x − a with an anchor a: variance = mean of squares − square of mean loses a factor of
 * 1 + (mean − a)² / variance, below 5 where the anchor is within two deviations of the mean, and near 1 where the elements of a row are
 * in no order. Other rows are done by `row`.
 */
export function layernorm(
  x: usize, w: usize, b: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let r = firstOf(R, thread, threads); r < to; r++) {
    const start = x + usize(r) * rowBytes;
    const o = out + usize(r) * rowBytes;
    const end = start + rowBytes;
    const near = anchor(start, C);
    const shift = f32x4.splat(near);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    let p = start;
    for (; p + 64 <= end; p += 64) {
      const d0 = f32x4.sub(v128.load(p), shift), d1 = f32x4.sub(v128.load(p, 16), shift);
      const d2 = f32x4.sub(v128.load(p, 32), shift), d3 = f32x4.sub(v128.load(p, 48), shift);
      s0 = f32x4.add(s0, d0);
      s1 = f32x4.add(s1, d1);
      s2 = f32x4.add(s2, d2);
      s3 = f32x4.add(s3, d3);
      q0 = f32x4.relaxed_madd(d0, d0, q0);
      q1 = f32x4.relaxed_madd(d1, d1, q1);
      q2 = f32x4.relaxed_madd(d2, d2, q2);
      q3 = f32x4.relaxed_madd(d3, d3, q3);
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    let squares = sumLanes(f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3)));
    for (; p < end; p += 4) {
      const d = load<f32>(p) - near;
      sum += d;
      squares += d * d;
    }
    const distance = <f64>sum / f64(C);
    const variance = <f64>squares / f64(C) - distance * distance;
    // Not so for NaN, too; sums that have overflowed are Infinity.
    if (!(squares < Infinity && distance * distance <= 4 * variance)) {
      row(start, end, w, b, o, C, epsilon);
      continue;
    }
    const factor = 1 / Math.sqrt(variance + epsilon);
    scale(start, end, w, b, o, near, <f32>factor, <f32>(-distance * factor));
  }
}

/** The same from one pass: variance = mean of squares − square of mean. An exhibit: see simd-sums.ts. */
export function layernormSums(
  x: usize, w: usize, b: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    let p = start;
    for (; p + 64 <= end; p += 64) {
      const v0 = v128.load(p), v1 = v128.load(p, 16), v2 = v128.load(p, 32), v3 = v128.load(p, 48);
      s0 = f32x4.add(s0, v0);
      s1 = f32x4.add(s1, v1);
      s2 = f32x4.add(s2, v2);
      s3 = f32x4.add(s3, v3);
      q0 = f32x4.relaxed_madd(v0, v0, q0);
      q1 = f32x4.relaxed_madd(v1, v1, q1);
      q2 = f32x4.relaxed_madd(v2, v2, q2);
      q3 = f32x4.relaxed_madd(v3, v3, q3);
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    let squares = sumLanes(f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3)));
    for (; p < end; p += 4) {
      const v = load<f32>(p);
      sum += v;
      squares += v * v;
    }
    const mean = sum / f32(C);
    const factor: f32 = 1 / Mathf.sqrt(squares / f32(C) - mean * mean + f32(epsilon));
    scale(start, end, w, b, out + usize(row) * rowBytes, mean, factor, 0);
  }
}
