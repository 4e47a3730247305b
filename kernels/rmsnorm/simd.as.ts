import { firstOf } from '../lib/math.as';
import { normalise, sumOfSquares } from '../lib/rows.as';

/** This thread's share of `R` rows of `C` floats from `x` to `out` (which may be `x`), times the `C` floats at `w`. */
export function rmsnorm(
  x: usize, w: usize, out: usize, R: i32, C: i32, epsilon: f64, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    normalise(start, w, out + usize(row) * rowBytes, C, epsilon, sumOfSquares(start, start + rowBytes));
  }
}
