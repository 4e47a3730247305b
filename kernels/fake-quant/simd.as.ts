import { firstOf } from '../lib/math.as';
import { largestMagnitude } from '../lib/rows.as';

// @ts-ignore: decorator
@inline
function rounded(x: v128, step: v128): v128 {
  return f32x4.mul(f32x4.nearest(f32x4.div(x, step)), step);
}

/** This thread's share of `R` rows of `C` floats from `x` to `out` (which may be `x`); `most` is the largest integer. */
export function fakeQuant(x: usize, out: usize, R: i32, C: i32, most: f32, thread: i32, threads: i32): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const delta = out - x;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const step = largestMagnitude(start, end) / most;
    let p = start;
    if (step < 1.1754943508222875e-38) {
      for (; p < end; p += 4) store<f32>(p + delta, load<f32>(p) * 0);
      continue;
    }
    const steps = f32x4.splat(step);
    for (; p + 64 <= end; p += 64) {
      v128.store(p + delta, rounded(v128.load(p), steps));
      v128.store(p + delta, rounded(v128.load(p, 16), steps), 16);
      v128.store(p + delta, rounded(v128.load(p, 32), steps), 32);
      v128.store(p + delta, rounded(v128.load(p, 48), steps), 48);
    }
    for (; p < end; p += 4) store<f32>(p + delta, nearest<f32>(load<f32>(p) / step) * step);
  }
}
