import { exp, firstOf, sumLanes } from '../lib/math.as';

/** A vector of four times −Infinity. */
const LOWEST: usize = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity]);
/** Below this e^x is denormal and taken for 0. */
const TINY: usize = memory.data<f32>([-87.33654, -87.33654, -87.33654, -87.33654]);

// @ts-ignore: decorator
@inline
function expOrZero(d: v128): v128 {
  return v128.andnot(exp(d), f32x4.lt(d, v128.load(TINY)));
}

/** Bytes of a row that are summed in float32 before the sum goes on in float64: 64 additions a lane. */
const CHUNK: usize = 4096;

/**
 * This thread's share of `R` rows of `C` logits: losses to the first R floats of `out`, behind them the gradients. The passes of
 * softmax (maximum; exponentials and their sum; scaled by 1 / (sum · R)) with the target taken out at the end.
 */
export function crossEntropy(
  x: usize, target: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const toGradient = out + (usize(R) << 2) - x;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const blockEnd = start + (rowBytes & ~63);

    let m0 = v128.load(LOWEST), m1 = m0, m2 = m0, m3 = m0;
    let p = start;
    for (; p < blockEnd; p += 64) {
      // pmax: a NaN in x is passed over here and comes back as NaN − max below.
      m0 = f32x4.pmax(m0, v128.load(p));
      m1 = f32x4.pmax(m1, v128.load(p, 16));
      m2 = f32x4.pmax(m2, v128.load(p, 32));
      m3 = f32x4.pmax(m3, v128.load(p, 48));
    }
    m0 = f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3));
    let max = Mathf.max(
      Mathf.max(f32x4.extract_lane(m0, 0), f32x4.extract_lane(m0, 1)),
      Mathf.max(f32x4.extract_lane(m0, 2), f32x4.extract_lane(m0, 3)),
    );
    for (; p < end; p += 4) {
      const v = load<f32>(p);
      max = v > max ? v : max;
    }

    const shift = f32x4.splat(max);
    let sum: f64 = 0;
    p = start;
    while (p < blockEnd) {
      const chunkEnd = min(p + CHUNK, blockEnd);
      let total = f32x4.splat(0);
      for (; p < chunkEnd; p += 64) {
        const e0 = expOrZero(f32x4.sub(v128.load(p), shift));
        const e1 = expOrZero(f32x4.sub(v128.load(p, 16), shift));
        const e2 = expOrZero(f32x4.sub(v128.load(p, 32), shift));
        const e3 = expOrZero(f32x4.sub(v128.load(p, 48), shift));
        // One vector of sums, and before the stores, as in softmax/simd.as.ts.
        total = f32x4.add(total, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
        const o = p + toGradient;
        v128.store(o, e0);
        v128.store(o, e1, 16);
        v128.store(o, e2, 32);
        v128.store(o, e3, 48);
      }
      sum += <f64>sumLanes(total);
    }
    for (; p < end; p += 4) {
      const e = f32x4.extract_lane(expOrZero(f32x4.splat(load<f32>(p) - max)), 0);
      store<f32>(p + toGradient, e);
      sum += <f64>e;
    }

    const hit = usize(load<i32>(target + (usize(row) << 2))) << 2;
    store<f32>(out + (usize(row) << 2), Mathf.log(<f32>sum) + (max - load<f32>(start + hit)));

    const factor = f32x4.splat(<f32>(1 / (sum * f64(R))));
    const gradientEnd = end + toGradient;
    for (p = start + toGradient; p + 64 <= gradientEnd; p += 64) {
      v128.store(p, f32x4.mul(v128.load(p), factor));
      v128.store(p, f32x4.mul(v128.load(p, 16), factor), 16);
      v128.store(p, f32x4.mul(v128.load(p, 32), factor), 32);
      v128.store(p, f32x4.mul(v128.load(p, 48), factor), 48);
    }
    for (; p < gradientEnd; p += 4) store<f32>(p, load<f32>(p) * f32x4.extract_lane(factor, 0));
    const at = start + hit + toGradient;
    store<f32>(at, load<f32>(at) - <f32>(1 / f64(R)));
  }
}
