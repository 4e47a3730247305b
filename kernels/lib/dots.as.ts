/** Dot products of float32 rows with one vector (AssemblyScript); NaN and Infinity go where the sums take them. */
import { sumLanes } from './math.as';

/** Four rows `apart` bytes from each other, whose sums go to places `outApart` bytes from each other. */
export function fourRows(w0: usize, apart: usize, x: usize, rowBytes: usize, y: usize, outApart: usize): void {
  let w1 = w0 + apart, w2 = w1 + apart, w3 = w2 + apart;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  const end = x + rowBytes;
  const wide = x + (rowBytes & ~31);
  while (x < wide) {
    const u = v128.load(x);
    const v = v128.load(x, 16);
    s0 = f32x4.relaxed_madd(v128.load(w0), u, s0);
    t0 = f32x4.relaxed_madd(v128.load(w0, 16), v, t0);
    s1 = f32x4.relaxed_madd(v128.load(w1), u, s1);
    t1 = f32x4.relaxed_madd(v128.load(w1, 16), v, t1);
    s2 = f32x4.relaxed_madd(v128.load(w2), u, s2);
    t2 = f32x4.relaxed_madd(v128.load(w2, 16), v, t2);
    s3 = f32x4.relaxed_madd(v128.load(w3), u, s3);
    t3 = f32x4.relaxed_madd(v128.load(w3, 16), v, t3);
    w0 += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
    x += 32;
  }
  const left = end - x;
  store<f32>(y, sumLanes(f32x4.add(s0, t0)) + tail(w0, x, left));
  store<f32>(y + outApart, sumLanes(f32x4.add(s1, t1)) + tail(w1, x, left));
  store<f32>(y + 2 * outApart, sumLanes(f32x4.add(s2, t2)) + tail(w2, x, left));
  store<f32>(y + 3 * outApart, sumLanes(f32x4.add(s3, t3)) + tail(w3, x, left));
}

/** Σ w · x of what is left of two rows: `bytes`, fewer than a turn of the loop has. */
export function tail(w: usize, x: usize, bytes: usize): f32 {
  let sum: f32 = 0;
  for (const end = x + bytes; x < end; x += 4) {
    sum += load<f32>(w) * load<f32>(x);
    w += 4;
  }
  return sum;
}
