import { exp, firstOf, sumLanes } from '../lib/math.as';
import { largest } from '../lib/rows.as';

/**
 * Bytes of a row that are summed in float32 before the sum goes on in float64: 64 additions a lane. A logit row of 49152 in
 * one float32 sum erred by up to 2.3e-6.
 */
const CHUNK: usize = 4096;

/**
 * Rows of `C` floats from `x` to `out`, this thread's share of `R` rows. Three passes over a row that stays in L1: maximum;
 * e^(x − max) stored and summed; scaled by 1 / sum. Four accumulators hide the latency of the maximum.
 */
export function softmax(x: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const blockBytes = rowBytes & ~63;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const delta = out + usize(row) * rowBytes - start;
    const blockEnd = start + blockBytes;
    const end = start + rowBytes;

    const max = largest(start, end);
    const shift = f32x4.splat(max);
    let sum: f64 = 0;
    let p = start;
    while (p < blockEnd) {
      const chunkEnd = min(p + CHUNK, blockEnd);
      let total = f32x4.splat(0);
      for (; p < chunkEnd; p += 64) {
        const e0 = exp(f32x4.sub(v128.load(p), shift));
        const e1 = exp(f32x4.sub(v128.load(p, 16), shift));
        const e2 = exp(f32x4.sub(v128.load(p, 32), shift));
        const e3 = exp(f32x4.sub(v128.load(p, 48), shift));
        // One vector of sums, since four leave no registers to the constants; before the stores, which the compiler (Binaryen) does
        // not move loads across: it would compute the later vectors half, and spill them.
        total = f32x4.add(total, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
        v128.store(p + delta, e0);
        v128.store(p + delta, e1, 16);
        v128.store(p + delta, e2, 32);
        v128.store(p + delta, e3, 48);
      }
      sum += <f64>sumLanes(total);
    }
    for (; p + 16 <= end; p += 16) {
      const e = exp(f32x4.sub(v128.load(p), shift));
      v128.store(p + delta, e);
      sum += <f64>sumLanes(e);
    }
    for (; p < end; p += 4) {
      const e = f32x4.extract_lane(exp(f32x4.splat(load<f32>(p) - max)), 0);
      store<f32>(p + delta, e);
      sum += <f64>e;
    }

    const inverse = f32x4.splat(<f32>(1 / sum));
    const outStart = start + delta;
    const outEnd = end + delta;
    for (p = outStart; p + 64 <= outEnd; p += 64) {
      v128.store(p, f32x4.mul(v128.load(p), inverse));
      v128.store(p, f32x4.mul(v128.load(p, 16), inverse), 16);
      v128.store(p, f32x4.mul(v128.load(p, 32), inverse), 32);
      v128.store(p, f32x4.mul(v128.load(p, 48), inverse), 48);
    }
    for (; p < outEnd; p += 4) store<f32>(p, load<f32>(p) * f32x4.extract_lane(inverse, 0));
  }
}
