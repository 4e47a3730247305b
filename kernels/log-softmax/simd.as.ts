import { firstOf, log, sumLanes } from '../lib/math.as';
import { CHUNK, expBelow } from '../lib/softmax.as';
import { largest } from '../lib/rows.as';

/** Σ e^(x − max) over [start, end). */
// @ts-ignore: decorator
@inline
function sumOfExponentials(start: usize, end: usize, max: f32): f64 {
  const shift = f32x4.splat(max);
  let sum: f64 = 0;
  let p = start;
  while (p + 64 <= end) {
    const chunkEnd = min(p + CHUNK, end);
    let total = f32x4.splat(0);
    for (; p + 64 <= chunkEnd; p += 64) {
      const e0 = expBelow(v128.load(p), shift), e1 = expBelow(v128.load(p, 16), shift);
      const e2 = expBelow(v128.load(p, 32), shift), e3 = expBelow(v128.load(p, 48), shift);
      // One vector of sums, as in lib/softmax.as.ts.
      total = f32x4.add(total, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
    }
    sum += <f64>sumLanes(total);
  }
  for (; p < end; p += 4) sum += <f64>f32x4.extract_lane(expBelow(v128.load32_splat(p), shift), 0);
  return sum;
}

/** This thread's share of `R` rows of `C` floats from `x` to `out`, which may be `x`. */
export function logSoftmax(x: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const delta = out - x;
    const max = largest(start, end);
    const logSum = <f32>log(sumOfExponentials(start, end, max));
    // Two differences: max + logSum would round away the digits of logSum where max is large.
    const shift = f32x4.splat(max), shift2 = f32x4.splat(logSum);
    let p = start;
    for (; p + 64 <= end; p += 64) {
      v128.store(p + delta, f32x4.sub(f32x4.sub(v128.load(p), shift), shift2));
      v128.store(p + delta, f32x4.sub(f32x4.sub(v128.load(p, 16), shift), shift2), 16);
      v128.store(p + delta, f32x4.sub(f32x4.sub(v128.load(p, 32), shift), shift2), 32);
      v128.store(p + delta, f32x4.sub(f32x4.sub(v128.load(p, 48), shift), shift2), 48);
    }
    for (; p < end; p += 4) store<f32>(p + delta, load<f32>(p) - max - logSum);
  }
}
