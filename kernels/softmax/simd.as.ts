import { firstOf } from '../lib/math.as';
import { largest } from '../lib/rows.as';
import { exponentials, scale } from '../lib/softmax.as';

/**
 * Rows of `C` floats from `x` to `out`, this thread's share of `R` rows. Three passes over a row that stays in L1: maximum;
 * e^(x − max) stored and summed; scaled by 1 / sum.
 */
export function softmax(x: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const delta = out - x;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    const sum = exponentials(start, end, delta, largest(start, end));
    scale(start + delta, end + delta, <f32>(1 / sum));
  }
}
