import { firstOf, sumLanes } from '../lib/math.as';

/**
 * dx of this thread's share of `R` rows of `C` floats to `out`, and the sums of g x̂ and of g over them to its own 2 · `C` floats of
 * `partial`. Everything is taken relative to the first element of the row: where a large offset is common to a row, the difference is
 * exact and a mean in float32 is not.
 */
export function rows(
  x: usize, w: usize, g: usize, out: usize, partial: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const dw = partial + ((usize(thread) * rowBytes) << 1);
  memory.fill(dw, 0, rowBytes << 1);
  const toG = g - x;
  const toOut = out - x;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const toW = w - start;
    const toSum = dw - start;
    const first = f32x4.splat(load<f32>(start));

    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let p = start;
    for (; p + 64 <= end; p += 64) {
      a0 = f32x4.add(a0, f32x4.sub(v128.load(p), first));
      a1 = f32x4.add(a1, f32x4.sub(v128.load(p, 16), first));
      a2 = f32x4.add(a2, f32x4.sub(v128.load(p, 32), first));
      a3 = f32x4.add(a3, f32x4.sub(v128.load(p, 48), first));
    }
    let total = <f64>sumLanes(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)));
    for (; p < end; p += 4) total += <f64>(load<f32>(p) - f32x4.extract_lane(first, 0));
    const mean = f32x4.splat(<f32>(total / f64(C)));

    a0 = f32x4.splat(0), a1 = a0;
    let b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    p = start;
    for (; p + 32 <= end; p += 32) {
      const d0 = f32x4.sub(f32x4.sub(v128.load(p), first), mean);
      const d1 = f32x4.sub(f32x4.sub(v128.load(p, 16), first), mean);
      const h0 = f32x4.mul(v128.load(p + toG), v128.load(p + toW));
      const h1 = f32x4.mul(v128.load(p + toG, 16), v128.load(p + toW, 16));
      a0 = f32x4.relaxed_madd(d0, d0, a0);
      a1 = f32x4.relaxed_madd(d1, d1, a1);
      b0 = f32x4.add(b0, h0);
      b1 = f32x4.add(b1, h1);
      c0 = f32x4.relaxed_madd(h0, d0, c0);
      c1 = f32x4.relaxed_madd(h1, d1, c1);
    }
    let squares = <f64>sumLanes(f32x4.add(a0, a1));
    let sum = <f64>sumLanes(f32x4.add(b0, b1));
    let products = <f64>sumLanes(f32x4.add(c0, c1));
    for (; p < end; p += 4) {
      const d = <f64>(load<f32>(p) - f32x4.extract_lane(first, 0) - f32x4.extract_lane(mean, 0));
      const h = <f64>(load<f32>(p + toG) * load<f32>(p + toW));
      squares += d * d;
      sum += h;
      products += h * d;
    }

    const factor = 1 / Math.sqrt(squares / f64(C) + epsilon);
    const factors = f32x4.splat(<f32>factor);
    const constants = f32x4.splat(<f32>(factor * (sum / f64(C))));
    const backs = f32x4.splat(<f32>(factor * factor * factor * (products / f64(C))));
    p = start;
    for (; p + 16 <= end; p += 16) {
      const d = f32x4.sub(f32x4.sub(v128.load(p), first), mean);
      const u = v128.load(p + toG);
      const s = p + toSum;
      const f = f32x4.mul(u, factors);
      v128.store(s, f32x4.relaxed_madd(f, d, v128.load(s)));
      v128.store(s + rowBytes, f32x4.add(u, v128.load(s + rowBytes)));
      const h = f32x4.sub(f32x4.mul(f, v128.load(p + toW)), constants);
      v128.store(p + toOut, f32x4.relaxed_nmadd(d, backs, h));
    }
    for (; p < end; p += 4) {
      const d = load<f32>(p) - f32x4.extract_lane(first, 0) - f32x4.extract_lane(mean, 0);
      const u = load<f32>(p + toG);
      const s = p + toSum;
      const f = u * f32x4.extract_lane(factors, 0);
      store<f32>(s, load<f32>(s) + f * d);
      store<f32>(s + rowBytes, load<f32>(s + rowBytes) + u);
      store<f32>(
        p + toOut,
        f * load<f32>(p + toW) - f32x4.extract_lane(constants, 0) - d * f32x4.extract_lane(backs, 0),
      );
    }
  }
}

/** The threads' sums of dw added up, this thread's share of the columns, in whole cache lines. */
export function columns(
  x: usize, w: usize, g: usize, out: usize, partial: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const width = C << 1;
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
