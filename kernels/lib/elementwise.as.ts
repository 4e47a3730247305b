/**
 * The loops that element-wise modules share (AssemblyScript). The function of a vector is the method `of` of a class: the compiler
 * makes the loop anew for each class and puts the function into it, as it does not with a function that is passed.
 *
 * Shares of threads are whole cache lines, so that no two threads write to one; four vectors a turn. `out` may be an input.
 *
 * Two vectors before the first store: what is loaded from memory, constants too, has to be loaded again behind a store. For four there
 * are not registers enough, and for a function of some twenty constants not even for two.
 */
import { firstOf } from './math.as';

/** out[i] = F(x[i]) for this thread's share of `N` floats. */
// @ts-ignore: decorator
@inline
export function map<F>(x: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  const f = changetype<F>(0);
  const lines = (N + 15) >>> 4;
  const delta = out - x;
  let p = x + (usize(firstOf(lines, thread, threads)) << 6);
  const end = min(x + (usize(firstOf(lines, thread + 1, threads)) << 6), x + (usize(N) << 2));
  for (; p + 64 <= end; p += 64) {
    const y0 = f.of(v128.load(p)), y1 = f.of(v128.load(p, 16));
    v128.store(p + delta, y0);
    v128.store(p + delta, y1, 16);
    const y2 = f.of(v128.load(p, 32)), y3 = f.of(v128.load(p, 48));
    v128.store(p + delta, y2, 32);
    v128.store(p + delta, y3, 48);
  }
  for (; p + 16 <= end; p += 16) v128.store(p + delta, f.of(v128.load(p)));
  for (; p < end; p += 4) store<f32>(p + delta, f32x4.extract_lane(f.of(f32x4.splat(load<f32>(p))), 0));
}

/** out[i] = F(a[i], b[i]) for this thread's share of `N` floats. `two`: vectors before a store, or one. */
// @ts-ignore: decorator
@inline
export function zip<F>(
  a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32, two: bool = true,
): void {
  const f = changetype<F>(0);
  const lines = (N + 15) >>> 4;
  const toB = b - a;
  const toOut = out - a;
  let p = a + (usize(firstOf(lines, thread, threads)) << 6);
  const end = min(a + (usize(firstOf(lines, thread + 1, threads)) << 6), a + (usize(N) << 2));
  for (; p + 64 <= end; p += 64) {
    const y0 = f.of(v128.load(p), v128.load(p + toB));
    if (!two) v128.store(p + toOut, y0);
    const y1 = f.of(v128.load(p, 16), v128.load(p + toB, 16));
    if (two) v128.store(p + toOut, y0);
    v128.store(p + toOut, y1, 16);
    const y2 = f.of(v128.load(p, 32), v128.load(p + toB, 32));
    if (!two) v128.store(p + toOut, y2, 32);
    const y3 = f.of(v128.load(p, 48), v128.load(p + toB, 48));
    if (two) v128.store(p + toOut, y2, 32);
    v128.store(p + toOut, y3, 48);
  }
  for (; p + 16 <= end; p += 16) v128.store(p + toOut, f.of(v128.load(p), v128.load(p + toB)));
  for (; p < end; p += 4) {
    const v = f.of(f32x4.splat(load<f32>(p)), f32x4.splat(load<f32>(p + toB)));
    store<f32>(p + toOut, f32x4.extract_lane(v, 0));
  }
}
