/** Weights as float32 in the registers, from the blocks of the file: activations are not quantised. */
import { dequantQ4_0, dequantQ4_K, dequantQ8_0 } from '../dequant/simd.as';
import { firstOf, sumLanes } from '../lib/math.as';

/** Σ of `K` products of floats at `w` and `x`; K is a multiple of 32. Eight sums hide the latency of a multiply-add. */
function dotF32(w: usize, x: usize, K: i32): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (const end = w + (usize(K) << 2); w < end; w += 128, x += 128) {
    a = f32x4.relaxed_madd(v128.load(w), v128.load(x), a);
    b = f32x4.relaxed_madd(v128.load(w, 16), v128.load(x, 16), b);
    c = f32x4.relaxed_madd(v128.load(w, 32), v128.load(x, 32), c);
    d = f32x4.relaxed_madd(v128.load(w, 48), v128.load(x, 48), d);
    e = f32x4.relaxed_madd(v128.load(w, 64), v128.load(x, 64), e);
    f = f32x4.relaxed_madd(v128.load(w, 80), v128.load(x, 80), f);
    g = f32x4.relaxed_madd(v128.load(w, 96), v128.load(x, 96), g);
    h = f32x4.relaxed_madd(v128.load(w, 112), v128.load(x, 112), h);
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
  return sumLanes(a);
}

/**
 * y[N] = Σ_K w[N,K] · x[K], of Q8_0 blocks: a row is dequantised into `work` (K floats a thread), which stays in L1, and
 * multiplied from there.
 */
export function q8_0(blocks: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32): void {
  const row = work + usize(thread * K) * 4;
  const to = firstOf(N, thread + 1, threads);
  for (let n = firstOf(N, thread, threads); n < to; n++) {
    dequantQ8_0(blocks + usize(n) * usize(K >> 5) * 34, row, K >> 5, 0, 1);
    store<f32>(y + (usize(n) << 2), dotF32(row, x, K));
  }
}

/** The same of Q4_0. */
export function q4_0(blocks: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32): void {
  const row = work + usize(thread * K) * 4;
  const to = firstOf(N, thread + 1, threads);
  for (let n = firstOf(N, thread, threads); n < to; n++) {
    dequantQ4_0(blocks + usize(n) * usize(K >> 5) * 18, row, K >> 5, 0, 1);
    store<f32>(y + (usize(n) << 2), dotF32(row, x, K));
  }
}

/** The same of Q4_K. */
export function q4_k(blocks: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32): void {
  const row = work + usize(thread * K) * 4;
  const to = firstOf(N, thread + 1, threads);
  for (let n = firstOf(N, thread, threads); n < to; n++) {
    dequantQ4_K(blocks + usize(n) * usize(K >> 8) * 144, row, K >> 8, 0, 1);
    store<f32>(y + (usize(n) << 2), dotF32(row, x, K));
  }
}

/** y[N] = Σ_K w[N,K] · x[K] of float32 weights. */
export function f32Weights(w: usize, x: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32): void {
  const to = firstOf(N, thread + 1, threads);
  for (let n = firstOf(N, thread, threads); n < to; n++)
    store<f32>(y + (usize(n) << 2), dotF32(w + ((usize(n) * usize(K)) << 2), x, K));
}
