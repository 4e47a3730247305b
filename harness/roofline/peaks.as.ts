/** Peaks of baseline SIMD. What needs relaxed SIMD is in `relaxed.as.ts` and `relaxed-dot.as.ts`: engines without it refuse the whole module. */
import { chainPairs } from '../../kernels/lib/chains.as';
import { firstOf } from '../../kernels/lib/math.as';

/** Factor and addend of the chains: they converge on 1, so that no value overflows or becomes denormal. */
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5]);
const ONES: usize = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);

/**
 * `count` rounds of 12 independent chains of 4-lane products and sums: 96 floating-point operations a round. 12 chains hide
 * the latency of two units, and are what a 6×8 matmul tile has.
 */
export function mulAdd(out: usize, count: i32, thread: i32, threads: i32): void {
  const h = v128.load(HALF);
  let a = f32x4.splat(f32(thread + 1)), b = a, c = a, d = a, e = a, f = a, g = a, i = a, j = a, k = a, l = a, m = a;
  for (let n = 0; n < count; n++) {
    a = f32x4.add(f32x4.mul(a, h), h);
    b = f32x4.add(f32x4.mul(b, h), h);
    c = f32x4.add(f32x4.mul(c, h), h);
    d = f32x4.add(f32x4.mul(d, h), h);
    e = f32x4.add(f32x4.mul(e, h), h);
    f = f32x4.add(f32x4.mul(f, h), h);
    g = f32x4.add(f32x4.mul(g, h), h);
    i = f32x4.add(f32x4.mul(i, h), h);
    j = f32x4.add(f32x4.mul(j, h), h);
    k = f32x4.add(f32x4.mul(k, h), h);
    l = f32x4.add(f32x4.mul(l, h), h);
    m = f32x4.add(f32x4.mul(m, h), h);
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, i)));
  a = f32x4.add(a, f32x4.add(f32x4.add(j, k), f32x4.add(l, m)));
  v128.store(out + (usize(thread) << 4), a);
}

/**
 * `count` rounds of 12 exact `i32x4.dot_i16x8_s`, each of a chain with ones and added to the chain: 12 × 8 multiply-adds, 192
 * operations a round. A product of constants would be taken out of the loop.
 */
export function dotI16(out: usize, count: i32, thread: i32, threads: i32): void {
  const h = v128.load(ONES);
  let a = i32x4.splat(thread), b = a, c = a, d = a, e = a, f = a, g = a, i = a, j = a, k = a, l = a, m = a;
  for (let n = 0; n < count; n++) {
    a = i32x4.add(a, i32x4.dot_i16x8_s(a, h));
    b = i32x4.add(b, i32x4.dot_i16x8_s(b, h));
    c = i32x4.add(c, i32x4.dot_i16x8_s(c, h));
    d = i32x4.add(d, i32x4.dot_i16x8_s(d, h));
    e = i32x4.add(e, i32x4.dot_i16x8_s(e, h));
    f = i32x4.add(f, i32x4.dot_i16x8_s(f, h));
    g = i32x4.add(g, i32x4.dot_i16x8_s(g, h));
    i = i32x4.add(i, i32x4.dot_i16x8_s(i, h));
    j = i32x4.add(j, i32x4.dot_i16x8_s(j, h));
    k = i32x4.add(k, i32x4.dot_i16x8_s(k, h));
    l = i32x4.add(l, i32x4.dot_i16x8_s(l, h));
    m = i32x4.add(m, i32x4.dot_i16x8_s(m, h));
  }
  a = i32x4.add(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), i32x4.add(i32x4.add(e, f), i32x4.add(g, i)));
  a = i32x4.add(a, i32x4.add(i32x4.add(j, k), i32x4.add(l, m)));
  v128.store(out + (usize(thread) << 4), a);
}

class ExactDot {
  // @ts-ignore: decorator
  @inline
  of(sum: v128, h: v128): v128 {
    return i32x4.add(sum, i32x4.dot_i16x8_s(sum, h));
  }
}

/**
 * The same by 12 pairs of chains, which V8 joins to 256 bits where it does (see `fmaPairs` in relaxed.as.ts): 384 operations a round.
 * @param out 384 bytes a thread, read and written
 */
export function dotI16Pairs(out: usize, count: i32, thread: i32, threads: i32): void {
  chainPairs<ExactDot>(out + usize(thread) * 384, count, ONES);
}

/**
 * Reads this thread's share of `bytes` (a multiple of 256 × threads is read whole) `repeats` times, both halves at once: prefetchers
 * stop at the end of a page, and beside another stream nothing waits for the next (a Zen 5 core gave 1.1 to 1.2 times as much).
 */
export function read(data: usize, out: usize, bytes: i32, repeats: i32, thread: i32, threads: i32): void {
  const lines = bytes >> 8;
  const start = data + (usize(firstOf(lines, thread, threads)) << 8);
  const half = usize(firstOf(lines, thread + 1, threads) - firstOf(lines, thread, threads)) << 7;
  const end = start + half;
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (let r = 0; r < repeats; r++) {
    for (let p = start; p < end; p += 128) {
      const q = p + half;
      a = v128.xor(a, v128.load(p)), a = v128.xor(a, v128.load(q));
      b = v128.xor(b, v128.load(p, 16)), b = v128.xor(b, v128.load(q, 16));
      c = v128.xor(c, v128.load(p, 32)), c = v128.xor(c, v128.load(q, 32));
      d = v128.xor(d, v128.load(p, 48)), d = v128.xor(d, v128.load(q, 48));
      e = v128.xor(e, v128.load(p, 64)), e = v128.xor(e, v128.load(q, 64));
      f = v128.xor(f, v128.load(p, 80)), f = v128.xor(f, v128.load(q, 80));
      g = v128.xor(g, v128.load(p, 96)), g = v128.xor(g, v128.load(q, 96));
      h = v128.xor(h, v128.load(p, 112)), h = v128.xor(h, v128.load(q, 112));
    }
  }
  a = v128.xor(v128.xor(v128.xor(a, b), v128.xor(c, d)), v128.xor(v128.xor(e, f), v128.xor(g, h)));
  v128.store(out + (usize(thread) << 4), a);
}

/** Writes this thread's share of `bytes` `repeats` times. */
export function write(data: usize, out: usize, bytes: i32, repeats: i32, thread: i32, threads: i32): void {
  const lines = bytes >> 7;
  const start = data + (usize(firstOf(lines, thread, threads)) << 7);
  const end = data + (usize(firstOf(lines, thread + 1, threads)) << 7);
  const v = v128.load(HALF);
  for (let r = 0; r < repeats; r++) {
    for (let p = start; p < end; p += 128) {
      v128.store(p, v);
      v128.store(p, v, 16);
      v128.store(p, v, 32);
      v128.store(p, v, 48);
      v128.store(p, v, 64);
      v128.store(p, v, 80);
      v128.store(p, v, 96);
      v128.store(p, v, 112);
    }
  }
}

/** Copies the first half of this thread's share of `bytes` to its second half, `repeats` times: both halves count. */
export function copy(data: usize, out: usize, bytes: i32, repeats: i32, thread: i32, threads: i32): void {
  const lines = bytes >> 8;
  const start = data + (usize(firstOf(lines, thread, threads)) << 8);
  const half = usize(firstOf(lines, thread + 1, threads) - firstOf(lines, thread, threads)) << 7;
  const end = start + half;
  for (let r = 0; r < repeats; r++) {
    for (let p = start; p < end; p += 128) {
      const q = p + half;
      v128.store(q, v128.load(p));
      v128.store(q, v128.load(p, 16), 16);
      v128.store(q, v128.load(p, 32), 32);
      v128.store(q, v128.load(p, 48), 48);
      v128.store(q, v128.load(p, 64), 64);
      v128.store(q, v128.load(p, 80), 80);
      v128.store(q, v128.load(p, 96), 96);
      v128.store(q, v128.load(p, 112), 112);
    }
  }
}
