import { firstOf } from '../../kernels/lib/math.as';

/** Factor and addend of the chains: they converge on 1, so that no value overflows or becomes denormal. */
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5]);

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

/** Reads this thread's share of `bytes` (a multiple of 128 × threads is read whole) `repeats` times. */
export function read(data: usize, out: usize, bytes: i32, repeats: i32, thread: i32, threads: i32): void {
  const lines = bytes >> 7;
  const start = data + (usize(firstOf(lines, thread, threads)) << 7);
  const end = data + (usize(firstOf(lines, thread + 1, threads)) << 7);
  let a = i32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (let r = 0; r < repeats; r++) {
    for (let p = start; p < end; p += 128) {
      a = v128.xor(a, v128.load(p));
      b = v128.xor(b, v128.load(p, 16));
      c = v128.xor(c, v128.load(p, 32));
      d = v128.xor(d, v128.load(p, 48));
      e = v128.xor(e, v128.load(p, 64));
      f = v128.xor(f, v128.load(p, 80));
      g = v128.xor(g, v128.load(p, 96));
      h = v128.xor(h, v128.load(p, 112));
    }
  }
  a = v128.xor(v128.xor(v128.xor(a, b), v128.xor(c, d)), v128.xor(v128.xor(e, f), v128.xor(g, h)));
  v128.store(out + (usize(thread) << 4), a);
}
