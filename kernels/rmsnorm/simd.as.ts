import { firstOf, sumLanes } from '../lib/math.as';

/** A row whose squares overflow float32, in float64: rare, so written plainly. */
function rowInFloat64(x: usize, w: usize, out: usize, C: i32, epsilon: f64): void {
  const bytes = usize(C) << 2;
  let sum: f64 = 0;
  for (let p: usize = 0; p < bytes; p += 4) {
    const v = <f64>load<f32>(x + p);
    sum += v * v;
  }
  const factor = 1 / Math.sqrt(sum / f64(C) + epsilon);
  for (let p: usize = 0; p < bytes; p += 4) {
    store<f32>(out + p, <f32>(<f64>load<f32>(x + p) * factor * <f64>load<f32>(w + p)));
  }
}

/**
 * This thread's share of `R` rows of `C` floats from `x` to `out` (which may be `x`), times the `C` floats at `w`. The
 * squares are summed in 32 float32 lanes: eight accumulators hide the latency of the fused multiply-add.
 */
export function rmsnorm(
  x: usize, w: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
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

    let o = out + usize(row) * rowBytes;
    if (sum == Infinity) {
      rowInFloat64(start, w, o, C, epsilon);
      continue;
    }
    // In float64: once a row, and two roundings less.
    const factor = <f32>(1 / Math.sqrt(<f64>sum / f64(C) + epsilon));
    const factors = f32x4.splat(factor);
    let q = w;
    for (p = start; p + 64 <= end; p += 64, q += 64, o += 64) {
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(p), factors), v128.load(q)));
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 16), factors), v128.load(q, 16)), 16);
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 32), factors), v128.load(q, 32)), 32);
      v128.store(o, f32x4.mul(f32x4.mul(v128.load(p, 48), factors), v128.load(q, 48)), 48);
    }
    for (; p < end; p += 4, q += 4, o += 4) store<f32>(o, load<f32>(p) * factor * load<f32>(q));
  }
}
