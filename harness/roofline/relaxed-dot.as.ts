/** Peaks of the relaxed int8 dot product, on 128 bits and on 256 where V8 joins pairs (see `fmaPairs`), in a module of its own: WebKit has multiply-adds, but refuses a module that holds this. */
import { chainPairs } from '../../kernels/lib/chains.as';

const ONES: usize = memory.data<i8>([
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
]);

/** `count` rounds of 12 chains of relaxed int8 dot products that add to their chain: 12 × 16 multiply-adds, 384 operations a round. */
export function dotI8(out: usize, count: i32, thread: i32, threads: i32): void {
  const h = v128.load(ONES);
  let a = i32x4.splat(thread), b = a, c = a, d = a, e = a, f = a, g = a, i = a, j = a, k = a, l = a, m = a;
  for (let n = 0; n < count; n++) {
    a = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, a);
    b = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, b);
    c = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, c);
    d = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, d);
    e = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, e);
    f = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, f);
    g = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, g);
    i = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, i);
    j = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, j);
    k = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, k);
    l = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, l);
    m = i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, m);
  }
  a = i32x4.add(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), i32x4.add(i32x4.add(e, f), i32x4.add(g, i)));
  a = i32x4.add(a, i32x4.add(i32x4.add(j, k), i32x4.add(l, m)));
  v128.store(out + (usize(thread) << 4), a);
}

class RelaxedDot {
  // @ts-ignore: decorator
  @inline
  of(sum: v128, h: v128): v128 {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(h, h, sum);
  }
}

/**
 * The same by 12 pairs of chains: 768 operations a round.
 * @param out 384 bytes a thread, read and written
 */
export function dotI8Pairs(out: usize, count: i32, thread: i32, threads: i32): void {
  chainPairs<RelaxedDot>(out + usize(thread) * 384, count, ONES);
}
