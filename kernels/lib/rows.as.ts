/** Loops over one row that several modules share (AssemblyScript). */
import { largestLane, sumLanes } from './math.as';

const LOWEST: usize = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity]);

/** The largest float of [start, end), −Infinity if there is none. A NaN is passed over. */
// @ts-ignore: decorator
@inline
export function largest(start: usize, end: usize): f32 {
  // Four accumulators hide the latency; pmax is one instruction, unlike max.
  let m0 = v128.load(LOWEST), m1 = m0, m2 = m0, m3 = m0;
  let p = start;
  for (; p + 64 <= end; p += 64) {
    m0 = f32x4.pmax(m0, v128.load(p));
    m1 = f32x4.pmax(m1, v128.load(p, 16));
    m2 = f32x4.pmax(m2, v128.load(p, 32));
    m3 = f32x4.pmax(m3, v128.load(p, 48));
  }
  m0 = f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
  for (; p + 16 <= end; p += 16) m0 = f32x4.pmax(m0, v128.load(p));
  let max = f32x4.extract_lane(largestLane(m0), 0);
  for (; p < end; p += 4) {
    const v = load<f32>(p);
    max = v > max ? v : max;
  }
  return max;
}

const MAGNITUDE: usize = memory.data<i32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]);

/** The largest |x| of [start, end), 0 if there is none. A NaN is passed over. */
// @ts-ignore: decorator
@inline
export function largestMagnitude(start: usize, end: usize): f32 {
  let m0 = f32x4.splat(0), m1 = m0, m2 = m0, m3 = m0;
  let p = start;
  for (; p + 64 <= end; p += 64) {
    m0 = f32x4.pmax(m0, v128.and(v128.load(p), v128.load(MAGNITUDE)));
    m1 = f32x4.pmax(m1, v128.and(v128.load(p, 16), v128.load(MAGNITUDE)));
    m2 = f32x4.pmax(m2, v128.and(v128.load(p, 32), v128.load(MAGNITUDE)));
    m3 = f32x4.pmax(m3, v128.and(v128.load(p, 48), v128.load(MAGNITUDE)));
  }
  let max = f32x4.extract_lane(largestLane(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3))), 0);
  for (; p < end; p += 4) {
    const v = abs<f32>(load<f32>(p));
    max = v > max ? v : max;
  }
  return max;
}

/** The sum of the squares of [start, end), in 32 float32 lanes: eight accumulators hide the latency of the fused multiply-add. */
// @ts-ignore: decorator
@inline
export function sumOfSquares(start: usize, end: usize): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  let p = start;
  for (; p + 128 <= end; p += 128) {
    const v0 = v128.load(p), v1 = v128.load(p, 16), v2 = v128.load(p, 32), v3 = v128.load(p, 48);
    s0 = f32x4.relaxed_madd(v0, v0, s0);
    s1 = f32x4.relaxed_madd(v1, v1, s1);
    s2 = f32x4.relaxed_madd(v2, v2, s2);
    s3 = f32x4.relaxed_madd(v3, v3, s3);
    const v4 = v128.load(p, 64), v5 = v128.load(p, 80), v6 = v128.load(p, 96), v7 = v128.load(p, 112);
    s4 = f32x4.relaxed_madd(v4, v4, s4);
    s5 = f32x4.relaxed_madd(v5, v5, s5);
    s6 = f32x4.relaxed_madd(v6, v6, s6);
    s7 = f32x4.relaxed_madd(v7, v7, s7);
  }
  for (; p + 16 <= end; p += 16) {
    const v = v128.load(p);
    s0 = f32x4.relaxed_madd(v, v, s0);
  }
  s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  s4 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  let sum = sumLanes(f32x4.add(s0, s4));
  for (; p < end; p += 4) {
    const v = load<f32>(p);
    sum += v * v;
  }
  return sum;
}

/**
 * out = x · w / √(mean of x² + epsilon) for a row of `C` floats, `squares` being the sum of its squares. Where that has overflowed
 * float32 it is summed again in float64: rare, so written plainly. `out` may be `x`.
 */
// @ts-ignore: decorator
@inline
export function normalise(x: usize, w: usize, out: usize, C: i32, epsilon: f64, squares: f32): void {
  const end = x + (usize(C) << 2);
  if (squares == Infinity) {
    normaliseInFloat64(x, w, out, end, C, epsilon);
    return;
  }
  // In float64: once a row, and two roundings less.
  const factor = <f32>(1 / Math.sqrt(<f64>squares / f64(C) + epsilon));
  const factors = f32x4.splat(factor);
  let p = x, q = w, o = out;
  for (; p + 64 <= end; p += 64, q += 64, o += 64) {
    v128.store(o, f32x4.mul(f32x4.mul(v128.load(p), factors), v128.load(q)));
    v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 16), factors), v128.load(q, 16)), 16);
    v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 32), factors), v128.load(q, 32)), 32);
    v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 48), factors), v128.load(q, 48)), 48);
  }
  for (; p < end; p += 4, q += 4, o += 4) store<f32>(o, load<f32>(p) * factor * load<f32>(q));
}

function normaliseInFloat64(x: usize, w: usize, out: usize, end: usize, C: i32, epsilon: f64): void {
  let sum: f64 = 0;
  for (let p = x; p < end; p += 4) {
    const v = <f64>load<f32>(p);
    sum += v * v;
  }
  const factor = 1 / Math.sqrt(sum / f64(C) + epsilon);
  for (let p = x; p < end; p += 4, w += 4, out += 4) {
    store<f32>(out, <f32>(<f64>load<f32>(p) * factor * <f64>load<f32>(w)));
  }
}
