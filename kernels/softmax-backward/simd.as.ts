import { firstOf, sumLanes } from '../lib/math.as';

/** Bytes of a row that are summed in float32 before the sum goes on in float64: 64 additions a lane. */
const CHUNK: usize = 4096;

/** This thread's share of `R` rows of `C` floats: dx = y (g − Σ g y). `dx` may be `g`. */
export function softmaxBackward(
  y: usize, g: usize, dx: usize, R: i32, C: i32, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const toG = g - y;
  const toDx = dx - y;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = y + usize(row) * rowBytes;
    const end = start + rowBytes;
    const blockEnd = start + (rowBytes & ~63);
    let sum: f64 = 0;
    let p = start;
    while (p < blockEnd) {
      const chunkEnd = min(p + CHUNK, blockEnd);
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (; p < chunkEnd; p += 64) {
        const q = p + toG;
        s0 = f32x4.relaxed_madd(v128.load(p), v128.load(q), s0);
        s1 = f32x4.relaxed_madd(v128.load(p, 16), v128.load(q, 16), s1);
        s2 = f32x4.relaxed_madd(v128.load(p, 32), v128.load(q, 32), s2);
        s3 = f32x4.relaxed_madd(v128.load(p, 48), v128.load(q, 48), s3);
      }
      sum += <f64>sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    }
    for (; p < end; p += 4) sum += <f64>load<f32>(p) * <f64>load<f32>(p + toG);

    const total = f32x4.splat(<f32>sum);
    for (p = start; p < blockEnd; p += 64) {
      const q = p + toG;
      const o = p + toDx;
      v128.store(o, f32x4.mul(v128.load(p), f32x4.sub(v128.load(q), total)));
      v128.store(o, f32x4.mul(v128.load(p, 16), f32x4.sub(v128.load(q, 16), total)), 16);
      v128.store(o, f32x4.mul(v128.load(p, 32), f32x4.sub(v128.load(q, 32), total)), 32);
      v128.store(o, f32x4.mul(v128.load(p, 48), f32x4.sub(v128.load(q, 48), total)), 48);
    }
    for (; p < end; p += 4) {
      store<f32>(p + toDx, load<f32>(p) * (load<f32>(p + toG) - f32x4.extract_lane(total, 0)));
    }
  }
}
