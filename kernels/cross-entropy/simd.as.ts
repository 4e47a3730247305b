import { firstOf } from '../lib/math.as';
import { largest } from '../lib/rows.as';
import { exponentials, scale } from '../lib/softmax.as';

/**
 * This thread's share of `R` rows of `C` logits: losses to the first R floats of `out`, behind them the gradients. The passes of
 * softmax (maximum; exponentials and their sum; scaled by 1 / (sum · R)) with the target taken out at the end.
 */
export function crossEntropy(
  x: usize, target: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32,
): void {
  const to = firstOf(R, thread + 1, threads);
  const rowBytes = usize(C) << 2;
  const delta = out + (usize(R) << 2) - x;
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const start = x + usize(row) * rowBytes;
    const end = start + rowBytes;
    // A NaN is passed over here, and comes back as NaN − max.
    const max = largest(start, end);
    const sum = exponentials(start, end, delta, max);
    const hit = usize(load<i32>(target + (usize(row) << 2))) << 2;
    store<f32>(out + (usize(row) << 2), Mathf.log(<f32>sum) + (max - load<f32>(start + hit)));
    scale(start + delta, end + delta, <f32>(1 / (sum * f64(R))));
    const at = start + hit + delta;
    store<f32>(at, load<f32>(at) - <f32>(1 / f64(R)));
  }
}
