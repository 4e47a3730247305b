import { zip } from '../lib/elementwise.as';
import { firstOf, sumLanes } from '../lib/math.as';
import { normalise, sumOfSquares } from '../lib/rows.as';

/** sum = x + residual for a row from `x` to `end`; returns the sum of its squares, in 16 float32 lanes. */
// @ts-ignore: decorator
@inline
function addRow(x: usize, end: usize, residual: usize, sum: usize): f32 {
  const toResidual = residual - x, toSum = sum - x;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let p = x;
  for (; p + 64 <= end; p += 64) {
    const r = p + toResidual, o = p + toSum;
    const h0 = f32x4.add(v128.load(p), v128.load(r)), h1 = f32x4.add(v128.load(p, 16), v128.load(r, 16));
    const h2 = f32x4.add(v128.load(p, 32), v128.load(r, 32)), h3 = f32x4.add(v128.load(p, 48), v128.load(r, 48));
    v128.store(o, h0);
    v128.store(o, h1, 16);
    v128.store(o, h2, 32);
    v128.store(o, h3, 48);
    s0 = f32x4.relaxed_madd(h0, h0, s0);
    s1 = f32x4.relaxed_madd(h1, h1, s1);
    s2 = f32x4.relaxed_madd(h2, h2, s2);
    s3 = f32x4.relaxed_madd(h3, h3, s3);
  }
  let squares = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; p < end; p += 4) {
    const h = load<f32>(p) + load<f32>(p + toResidual);
    store<f32>(p + toSum, h);
    squares += h * h;
  }
  return squares;
}

/** This thread's share of `R` rows of `C` floats: sum = x + residual (`sum` may be either), out = rmsnorm(sum) · w. */
export function residualRmsnorm(
  x: usize, residual: usize, w: usize, sum: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const at = usize(row) * rowBytes;
    const squares = addRow(x + at, x + at + rowBytes, residual + at, sum + at);
    normalise(sum + at, w, out + at, C, epsilon, squares);
  }
}

class Add {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

/** The same as two functions do it. One thread: the second pass would have to wait for the first of all others. */
export function twoPass(
  x: usize, residual: usize, w: usize, sum: usize, out: usize, R: i32, C: i32, epsilon: f64, _thread: i32, _threads: i32,
): void {
  zip<Add>(x, residual, sum, R * C, 0, 1);
  const rowBytes = usize(C) << 2;
  for (let row = 0; row < R; row++) {
    const start = sum + usize(row) * rowBytes;
    normalise(start, w, out + usize(row) * rowBytes, C, epsilon, sumOfSquares(start, start + rowBytes));
  }
}
