/** Peaks of relaxed multiply-adds, and of them on 256 bits where V8 joins pairs of 128. */
import { chainPairs } from '../../kernels/lib/chains.as';

/** Factor and addend of the chains: they converge on 1, so that no value overflows or becomes denormal. */
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
const HALF64: usize = memory.data<f64>([0.5, 0.5]);

/**
 * `count` rounds of 12 independent chains of 4-lane fused multiply-adds: 96 floating-point operations a round. Two units
 * with a latency of four cycles need 8 chains to stay busy; 12 is what a 6×8 matmul tile has.
 */
export function fma(out: usize, count: i32, thread: i32, threads: i32): void {
  const h = v128.load(HALF);
  let a = f32x4.splat(f32(thread + 1)), b = a, c = a, d = a, e = a, f = a, g = a, i = a, j = a, k = a, l = a, m = a;
  for (let n = 0; n < count; n++) {
    a = f32x4.relaxed_madd(a, h, h);
    b = f32x4.relaxed_madd(b, h, h);
    c = f32x4.relaxed_madd(c, h, h);
    d = f32x4.relaxed_madd(d, h, h);
    e = f32x4.relaxed_madd(e, h, h);
    f = f32x4.relaxed_madd(f, h, h);
    g = f32x4.relaxed_madd(g, h, h);
    i = f32x4.relaxed_madd(i, h, h);
    j = f32x4.relaxed_madd(j, h, h);
    k = f32x4.relaxed_madd(k, h, h);
    l = f32x4.relaxed_madd(l, h, h);
    m = f32x4.relaxed_madd(m, h, h);
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, i)));
  a = f32x4.add(a, f32x4.add(f32x4.add(j, k), f32x4.add(l, m)));
  v128.store(out + (usize(thread) << 4), a);
}

/** The same in float64: 48 operations a round. */
export function fma64(out: usize, count: i32, thread: i32, threads: i32): void {
  const h = v128.load(HALF64);
  let a = f64x2.splat(f64(thread + 1)), b = a, c = a, d = a, e = a, f = a, g = a, i = a, j = a, k = a, l = a, m = a;
  for (let n = 0; n < count; n++) {
    a = f64x2.relaxed_madd(a, h, h);
    b = f64x2.relaxed_madd(b, h, h);
    c = f64x2.relaxed_madd(c, h, h);
    d = f64x2.relaxed_madd(d, h, h);
    e = f64x2.relaxed_madd(e, h, h);
    f = f64x2.relaxed_madd(f, h, h);
    g = f64x2.relaxed_madd(g, h, h);
    i = f64x2.relaxed_madd(i, h, h);
    j = f64x2.relaxed_madd(j, h, h);
    k = f64x2.relaxed_madd(k, h, h);
    l = f64x2.relaxed_madd(l, h, h);
    m = f64x2.relaxed_madd(m, h, h);
  }
  a = f64x2.add(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)), f64x2.add(f64x2.add(e, f), f64x2.add(g, i)));
  a = f64x2.add(a, f64x2.add(f64x2.add(j, k), f64x2.add(l, m)));
  v128.store(out + (usize(thread) << 4), a);
}

class MultiplyAdd {
  // @ts-ignore: decorator
  @inline
  of(sum: v128, h: v128): v128 {
    return f32x4.relaxed_madd(sum, h, h);
  }
}

/**
 * 12 pairs of chains that start from and end in neighbouring memory, from which V8's `--experimental-wasm-revectorize` makes
 * 12 chains of 256 bits: 192 operations a round. Without the flag they do not fit into 15 registers.
 * @param out 384 bytes a thread, read and written
 */
export function fmaPairs(out: usize, count: i32, thread: i32, threads: i32): void {
  chainPairs<MultiplyAdd>(out + usize(thread) * 384, count, HALF);
}
