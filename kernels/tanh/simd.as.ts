import { tanh as vector } from '../lib/activations.as';
import { firstOf } from '../lib/math.as';

/**
 * out[i] = tanh(x[i]) for this thread's share of `N` floats; `out` may be `x`. Shares are whole cache lines, so that no two
 * threads write to one; four vectors a turn.
 */
export function tanh(x: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  const lines = (N + 15) >>> 4;
  const delta = out - x;
  let p = x + (usize(firstOf(lines, thread, threads)) << 6);
  const end = min(x + (usize(firstOf(lines, thread + 1, threads)) << 6), x + (usize(N) << 2));
  for (; p + 64 <= end; p += 64) {
    v128.store(p + delta, vector(v128.load(p)));
    v128.store(p + delta, vector(v128.load(p, 16)), 16);
    v128.store(p + delta, vector(v128.load(p, 32)), 32);
    v128.store(p + delta, vector(v128.load(p, 48)), 48);
  }
  for (; p + 16 <= end; p += 16) v128.store(p + delta, vector(v128.load(p)));
  for (; p < end; p += 4) store<f32>(p + delta, f32x4.extract_lane(vector(f32x4.splat(load<f32>(p))), 0));
}
