import { fourRows, tail } from '../lib/dots.as';
import { firstOf, sumLanes } from '../lib/math.as';

/** Streams of w. */
const STREAMS: i32 = 4;

/**
 * This thread's share of y[R] = w[R,C] · x[C], row-major float32 without gaps; nothing aliased; NaN and Infinity go where the
 * sums take them. Four rows at once, so that a vector of x is loaded for four of w; not neighbours but a quarter of the share
 * apart: each stream then goes on from row to row without a jump, and the prefetchers never lose it. A row's sum is made in the
 * same order whatever the number of threads.
 */
export function matvec(w: usize, x: usize, y: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const groups = R / STREAMS;
  const rowBytes = usize(C) << 2;
  const first = firstOf(groups, thread, threads);
  const rows = firstOf(groups, thread + 1, threads) - first;
  let from = w + usize(first * STREAMS) * rowBytes;
  let out = y + (usize(first * STREAMS) << 2);
  for (let r = 0; r < rows; r++) {
    fourRows(from, usize(rows) * rowBytes, x, rowBytes, out, usize(rows) << 2);
    from += rowBytes;
    out += 4;
  }
  if (thread < threads - 1) return;
  for (let r = groups * STREAMS; r < R; r++) {
    store<f32>(y + (usize(r) << 2), oneRow(w + usize(r) * rowBytes, x, rowBytes));
  }
}

/** One of the last rows, of which there are fewer than four: four accumulators along it. */
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
