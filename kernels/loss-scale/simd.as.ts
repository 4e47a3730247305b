import { firstOf, sumLanes } from '../lib/math.as';

/** This thread's first byte of `N` floats, in whole cache lines. */
// @ts-ignore: decorator
@inline
function firstByte(N: i32, thread: i32, threads: i32): usize {
  return min(usize(firstOf((N + 15) >>> 4, thread, threads)) << 6, usize(N) << 2);
}

/** 0 to this thread's element of `sums` where all of its share of g are finite, else NaN: a sum of 0 · g. */
export function check(
  w: usize, g: usize, out: usize, sums: usize, N: i32, rate: f32, thread: i32, threads: i32,
): void {
  const end = g + firstByte(N, thread + 1, threads);
  let p = g + firstByte(N, thread, threads);
  const zero = f32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
  for (; p + 64 <= end; p += 64) {
    s0 = f32x4.relaxed_madd(v128.load(p), zero, s0);
    s1 = f32x4.relaxed_madd(v128.load(p, 16), zero, s1);
    s2 = f32x4.relaxed_madd(v128.load(p, 32), zero, s2);
    s3 = f32x4.relaxed_madd(v128.load(p, 48), zero, s3);
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; p < end; p += 4) sum += load<f32>(p) * 0;
  store<f32>(sums + (usize(thread) << 2), sum);
}

/** out = w − rate g for this thread's share, or w where any thread found what is not finite; `out` may be `w`. */
export function step(
  w: usize, g: usize, out: usize, sums: usize, N: i32, rate: f32, thread: i32, threads: i32,
): void {
  let sum: f32 = 0;
  for (let t = 0; t < threads; t++) sum += load<f32>(sums + (usize(t) << 2));
  const from = firstByte(N, thread, threads);
  const bytes = firstByte(N, thread + 1, threads) - from;
  let p = w + from;
  const end = p + bytes;
  if (sum != 0) {
    memory.copy(out + from, p, bytes);
    return;
  }
  const toG = g - w;
  const toOut = out - w;
  const rates = f32x4.splat(rate);
  for (; p + 32 <= end; p += 32) {
    const q = p + toG;
    const o = p + toOut;
    v128.store(o, f32x4.relaxed_nmadd(v128.load(q), rates, v128.load(p)));
    v128.store(o, f32x4.relaxed_nmadd(v128.load(q, 16), rates, v128.load(p, 16)), 16);
  }
  for (; p < end; p += 4) store<f32>(p + toOut, load<f32>(p) - load<f32>(p + toG) * rate);
}
