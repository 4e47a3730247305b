import { fourRows, tail } from '../lib/dots.as';
import { firstOf, sumLanes } from '../lib/math.as';

/** Rows of w at once. */
const ROWS: i32 = 4;

/** All three products as one: the rows of wk stand behind those of wq, and those of wv behind those. */
export function fused(
  x: usize, wq: usize, wk: usize, wv: usize, out: usize, T: i32, C: i32, Q: i32, G: i32, thread: i32, threads: i32,
): void {
  const rows = Q + 2 * G;
  project(x, wq, out, T, C, rows, rows, thread, threads);
}

export function queries(
  x: usize, wq: usize, wk: usize, wv: usize, out: usize, T: i32, C: i32, Q: i32, G: i32, thread: i32, threads: i32,
): void {
  project(x, wq, out, T, C, Q, Q + 2 * G, thread, threads);
}

export function keys(
  x: usize, wq: usize, wk: usize, wv: usize, out: usize, T: i32, C: i32, Q: i32, G: i32, thread: i32, threads: i32,
): void {
  project(x, wk, out + (usize(Q) << 2), T, C, G, Q + 2 * G, thread, threads);
}

export function values(
  x: usize, wq: usize, wk: usize, wv: usize, out: usize, T: i32, C: i32, Q: i32, G: i32, thread: i32, threads: i32,
): void {
  project(x, wv, out + (usize(Q + G) << 2), T, C, G, Q + 2 * G, thread, threads);
}

/**
 * This thread's share of the columns of x[T,C] · w[R,C]ᵀ, row-major float32; a row of out begins `stride` elements behind the one
 * before. Four rows of w at once, whose 4 · C elements stay in the first cache while all tokens pass by, two at a time: 8 sums of
 * four lanes, which is what hides the latency of a multiply-add. NaN and Infinity go where the sums take them.
 */
function project(
  x: usize, w: usize, out: usize, T: i32, C: i32, R: i32, stride: i32, thread: i32, threads: i32,
): void {
  const groups = (R + ROWS - 1) / ROWS;
  const last = min(firstOf(groups, thread + 1, threads) * ROWS, R);
  const line = usize(C) << 2;
  let r = firstOf(groups, thread, threads) * ROWS;
  for (; r + ROWS <= last; r += ROWS) {
    const rows = w + usize(r) * line;
    const column = out + (usize(r) << 2);
    let t = 0;
    for (; t + 2 <= T; t += 2)
      twoTokens(x + usize(t) * line, rows, line, column + usize(t * stride) * 4, usize(stride) << 2);
    if (t < T) fourRows(rows, line, x + usize(t) * line, line, column + usize(t * stride) * 4, 4);
  }
  for (; r < last; r++) {
    for (let t = 0; t < T; t++)
      store<f32>(out + (usize(t * stride + r) << 2), dot(x + usize(t) * line, w + usize(r) * line, line));
  }
}

/** Two tokens by four rows; the sums of the second token go `stride` bytes behind those of the first. */
function twoTokens(x: usize, w0: usize, line: usize, out: usize, stride: usize): void {
  let w1 = w0 + line, w2 = w1 + line, w3 = w2 + line;
  let y = x + line;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  const end = x + line;
  const wide = x + (line & ~15);
  while (x < wide) {
    const u = v128.load(x);
    const v = v128.load(y);
    const a = v128.load(w0);
    s0 = f32x4.relaxed_madd(a, u, s0);
    t0 = f32x4.relaxed_madd(a, v, t0);
    const b = v128.load(w1);
    s1 = f32x4.relaxed_madd(b, u, s1);
    t1 = f32x4.relaxed_madd(b, v, t1);
    const c = v128.load(w2);
    s2 = f32x4.relaxed_madd(c, u, s2);
    t2 = f32x4.relaxed_madd(c, v, t2);
    const d = v128.load(w3);
    s3 = f32x4.relaxed_madd(d, u, s3);
    t3 = f32x4.relaxed_madd(d, v, t3);
    x += 16;
    y += 16;
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  const left = end - x;
  fourSums(out, s0, s1, s2, s3, x, w0, w1, w2, w3, left);
  fourSums(out + stride, t0, t1, t2, t3, y, w0, w1, w2, w3, left);
}

/** Four neighbours of out: the lanes of four sums, and the products of the last `left` bytes of each row. */
function fourSums(
  out: usize, s0: v128, s1: v128, s2: v128, s3: v128, x: usize, w0: usize, w1: usize, w2: usize, w3: usize, left: usize,
): void {
  store<f32>(out, sumLanes(s0) + tail(w0, x, left));
  store<f32>(out, sumLanes(s1) + tail(w1, x, left), 4);
  store<f32>(out, sumLanes(s2) + tail(w2, x, left), 8);
  store<f32>(out, sumLanes(s3) + tail(w3, x, left), 12);
}

/** One token by one of the last rows, of which there are fewer than four. */
function dot(x: usize, w: usize, line: usize): f32 {
  let s = f32x4.splat(0), t = s;
  const end = x + line;
  for (; x + 32 <= end; x += 32) {
    s = f32x4.relaxed_madd(v128.load(w), v128.load(x), s);
    t = f32x4.relaxed_madd(v128.load(w, 16), v128.load(x, 16), t);
    w += 32;
  }
  return sumLanes(f32x4.add(s, t)) + tail(w, x, end - x);
}
