import { firstOf } from '../lib/math.as';

/**
 * One step for this thread's share of `N` parameters, in whole cache lines; `out` has room for new θ, m and v, `N` floats each.
 * θ ← keep θ − rate m / (√v + epsilon).
 */
export function adamw(
  theta: usize, g: usize, m: usize, v: usize, out: usize, N: i32,
  keep: f32, rate: f32, epsilon: f32, inverse1: f32, inverse2: f32, thread: i32, threads: i32,
): void {
  const lines = (N + 15) >>> 4;
  const bytes = usize(N) << 2;
  const end = theta + min(usize(firstOf(lines, thread + 1, threads)) << 6, bytes);
  let p = theta + (usize(firstOf(lines, thread, threads)) << 6);
  const toG = g - theta;
  const toM = m - theta;
  const toV = v - theta;
  const toOut = out - theta;
  const keeps = f32x4.splat(keep), rates = f32x4.splat(rate), epsilons = f32x4.splat(epsilon);
  const k1 = f32x4.splat(inverse1), k2 = f32x4.splat(inverse2);
  for (; p + 16 <= end; p += 16) {
    const gradient = v128.load(p + toG);
    const m0 = v128.load(p + toM);
    const v0 = v128.load(p + toV);
    const mean = f32x4.relaxed_madd(f32x4.sub(gradient, m0), k1, m0);
    const square = f32x4.relaxed_madd(f32x4.sub(f32x4.mul(gradient, gradient), v0), k2, v0);
    const update = f32x4.div(f32x4.mul(mean, rates), f32x4.add(f32x4.sqrt(square), epsilons));
    const o = p + toOut;
    v128.store(o, f32x4.sub(f32x4.mul(v128.load(p), keeps), update));
    v128.store(o + bytes, mean);
    v128.store(o + bytes + bytes, square);
  }
  for (; p < end; p += 4) {
    const gradient = load<f32>(p + toG);
    const m0 = load<f32>(p + toM);
    const v0 = load<f32>(p + toV);
    const mean = m0 + (gradient - m0) * inverse1;
    const square = v0 + (gradient * gradient - v0) * inverse2;
    const o = p + toOut;
    store<f32>(o, load<f32>(p) * keep - (mean * rate) / (Mathf.sqrt(square) + epsilon));
    store<f32>(o + bytes, mean);
    store<f32>(o + bytes + bytes, square);
  }
}
