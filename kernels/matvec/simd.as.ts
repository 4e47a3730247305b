import { firstOf, sumLanes } from '../lib/math.as';

/** Rows that are read side by side. */
const ROWS: i32 = 8;

/**
 * This thread's share of y[R] = w[R,C] · x[C], row-major float32 without gaps; nothing aliased; NaN and Infinity go where the
 * sums take them. Eight rows at once: one accumulator each hides the latency of a multiply-add, and a vector of x is
 * loaded for eight of w. Rows are shared in groups of eight, so that bits do not depend on the number of threads.
 */
export function matvec(w: usize, x: usize, y: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const groups = (R + ROWS - 1) / ROWS;
  const rowBytes = usize(C) << 2;
  const to = min(R, firstOf(groups, thread + 1, threads) * ROWS);
  let r = firstOf(groups, thread, threads) * ROWS;
  w += usize(r) * rowBytes;
  y += usize(r) << 2;
  for (; r + ROWS <= to; r += ROWS) {
    eightRows(w, rowBytes, x, y);
    w += ROWS * rowBytes;
    y += ROWS * 4;
  }
  for (; r < to; r++) {
    store<f32>(y, oneRow(w, x, rowBytes));
    w += rowBytes;
    y += 4;
  }
}

function eightRows(w0: usize, rowBytes: usize, x: usize, y: usize): void {
  let w1 = w0 + rowBytes, w2 = w1 + rowBytes, w3 = w2 + rowBytes, w4 = w3 + rowBytes;
  let w5 = w4 + rowBytes, w6 = w5 + rowBytes, w7 = w6 + rowBytes;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  const end = x + rowBytes;
  const wide = x + (rowBytes & ~15);
  while (x < wide) {
    const v = v128.load(x);
    s0 = f32x4.relaxed_madd(v128.load(w0), v, s0);
    s1 = f32x4.relaxed_madd(v128.load(w1), v, s1);
    s2 = f32x4.relaxed_madd(v128.load(w2), v, s2);
    s3 = f32x4.relaxed_madd(v128.load(w3), v, s3);
    s4 = f32x4.relaxed_madd(v128.load(w4), v, s4);
    s5 = f32x4.relaxed_madd(v128.load(w5), v, s5);
    s6 = f32x4.relaxed_madd(v128.load(w6), v, s6);
    s7 = f32x4.relaxed_madd(v128.load(w7), v, s7);
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
    w4 += 16;
    w5 += 16;
    w6 += 16;
    w7 += 16;
    x += 16;
  }
  const left = end - x;
  store<f32>(y, sumLanes(s0) + tail(w0, x, left));
  store<f32>(y, sumLanes(s1) + tail(w1, x, left), 4);
  store<f32>(y, sumLanes(s2) + tail(w2, x, left), 8);
  store<f32>(y, sumLanes(s3) + tail(w3, x, left), 12);
  store<f32>(y, sumLanes(s4) + tail(w4, x, left), 16);
  store<f32>(y, sumLanes(s5) + tail(w5, x, left), 20);
  store<f32>(y, sumLanes(s6) + tail(w6, x, left), 24);
  store<f32>(y, sumLanes(s7) + tail(w7, x, left), 28);
}

/** The last row or rows: four accumulators along the one. */
function oneRow(w: usize, x: usize, bytes: usize): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const end = x + bytes;
  for (; x + 64 <= end; x += 64) {
    s0 = f32x4.relaxed_madd(v128.load(w), v128.load(x), s0);
    s1 = f32x4.relaxed_madd(v128.load(w, 16), v128.load(x, 16), s1);
    s2 = f32x4.relaxed_madd(v128.load(w, 32), v128.load(x, 32), s2);
    s3 = f32x4.relaxed_madd(v128.load(w, 48), v128.load(x, 48), s3);
    w += 64;
  }
  return sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))) + tail(w, x, end - x);
}

function tail(w: usize, x: usize, bytes: usize): f32 {
  let sum: f32 = 0;
  for (const end = x + bytes; x < end; x += 4) {
    sum += load<f32>(w) * load<f32>(x);
    w += 4;
  }
  return sum;
}
