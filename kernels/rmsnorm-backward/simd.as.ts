import { firstOf, sumLanes } from '../lib/math.as';

/**
 * dx of this thread's share of `R` rows of `C` floats to `out`, and the sum of g x̂ over them to its own `C` floats of `partial`. Every
 * element takes part in two sums a row, x² and h x, four accumulators each.
 */
export function rows(
  x: usize, w: usize, g: usize, out: usize, partial: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const dw = partial + usize(thread) * rowBytes;
  memory.fill(dw, 0, rowBytes);
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const toG = g - x;
    const toW = w - start;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    let p = start;
    for (; p + 64 <= end; p += 64) {
      const q = p + toG;
      const r = p + toW;
      const v0 = v128.load(p), v1 = v128.load(p, 16), v2 = v128.load(p, 32), v3 = v128.load(p, 48);
      a0 = f32x4.relaxed_madd(v0, v0, a0);
      a1 = f32x4.relaxed_madd(v1, v1, a1);
      a2 = f32x4.relaxed_madd(v2, v2, a2);
      a3 = f32x4.relaxed_madd(v3, v3, a3);
      b0 = f32x4.relaxed_madd(f32x4.mul(v128.load(q), v128.load(r)), v0, b0);
      b1 = f32x4.relaxed_madd(f32x4.mul(v128.load(q, 16), v128.load(r, 16)), v1, b1);
      b2 = f32x4.relaxed_madd(f32x4.mul(v128.load(q, 32), v128.load(r, 32)), v2, b2);
      b3 = f32x4.relaxed_madd(f32x4.mul(v128.load(q, 48), v128.load(r, 48)), v3, b3);
    }
    let squares = <f64>sumLanes(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)));
    let products = <f64>sumLanes(f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3)));
    for (; p < end; p += 4) {
      const v = <f64>load<f32>(p);
      squares += v * v;
      products += <f64>(load<f32>(p + toG) * load<f32>(p + toW)) * v;
    }

    const factor = 1 / Math.sqrt(squares / f64(C) + epsilon);
    const back = factor * factor * factor * (products / f64(C));
    const factors = f32x4.splat(<f32>factor);
    const backs = f32x4.splat(<f32>back);
    const toOut = out - x;
    const toSum = dw - start;
    p = start;
    for (; p + 32 <= end; p += 32) {
      const v0 = v128.load(p), v1 = v128.load(p, 16);
      const d0 = f32x4.mul(v128.load(p + toG), factors), d1 = f32x4.mul(v128.load(p + toG, 16), factors);
      const s = p + toSum;
      v128.store(s, f32x4.relaxed_madd(d0, v0, v128.load(s)));
      v128.store(s, f32x4.relaxed_madd(d1, v1, v128.load(s, 16)), 16);
      const o = p + toOut;
      const r = p + toW;
      v128.store(o, f32x4.relaxed_nmadd(v0, backs, f32x4.mul(d0, v128.load(r))));
      v128.store(o, f32x4.relaxed_nmadd(v1, backs, f32x4.mul(d1, v128.load(r, 16))), 16);
    }
    for (; p < end; p += 4) {
      const v = load<f32>(p);
      const d = load<f32>(p + toG) * f32x4.extract_lane(factors, 0);
      store<f32>(p + toSum, load<f32>(p + toSum) + d * v);
      store<f32>(p + toOut, d * load<f32>(p + toW) - v * f32x4.extract_lane(backs, 0));
    }
  }
}

/** The threads' sums of dw added up, this thread's share of the columns, in whole cache lines. */
export function columns(
  x: usize, w: usize, g: usize, out: usize, partial: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const width = C;
  const lines = (width + 15) >>> 4;
  const from = firstOf(lines, thread, threads) << 4;
  const to = min(firstOf(lines, thread + 1, threads) << 4, width);
  const o = out + (usize(R) * usize(C) << 2);
  for (let c = from; c < to; c++) {
    let sum = load<f32>(partial + (usize(c) << 2));
    for (let t = 1; t < threads; t++) sum += load<f32>(partial + (usize(t * width + c) << 2));
    store<f32>(o + (usize(c) << 2), sum);
  }
}
