/** Peaks of relaxed multiply-adds, and of them on 256 bits where V8 joins pairs of 128. */

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

/**
 * 12 pairs of chains that start from and end in neighbouring memory, from which V8's `--experimental-wasm-revectorize` makes
 * 12 chains of 256 bits: 192 operations a round. Without the flag they do not fit into 15 registers.
 * @param out 384 bytes a thread, read and written
 */
export function fmaPairs(out: usize, count: i32, thread: i32, threads: i32): void {
  const at = out + usize(thread) * 384;
  const h0 = v128.load(HALF), h1 = v128.load(HALF, 16);
  let a0 = v128.load(at, 0), a1 = v128.load(at, 16);
  let b0 = v128.load(at, 32), b1 = v128.load(at, 48);
  let c0 = v128.load(at, 64), c1 = v128.load(at, 80);
  let d0 = v128.load(at, 96), d1 = v128.load(at, 112);
  let e0 = v128.load(at, 128), e1 = v128.load(at, 144);
  let f0 = v128.load(at, 160), f1 = v128.load(at, 176);
  let g0 = v128.load(at, 192), g1 = v128.load(at, 208);
  let i0 = v128.load(at, 224), i1 = v128.load(at, 240);
  let j0 = v128.load(at, 256), j1 = v128.load(at, 272);
  let k0 = v128.load(at, 288), k1 = v128.load(at, 304);
  let l0 = v128.load(at, 320), l1 = v128.load(at, 336);
  let m0 = v128.load(at, 352), m1 = v128.load(at, 368);
  for (let n = 0; n < count; n++) {
    a0 = f32x4.relaxed_madd(a0, h0, h0);
    a1 = f32x4.relaxed_madd(a1, h1, h1);
    b0 = f32x4.relaxed_madd(b0, h0, h0);
    b1 = f32x4.relaxed_madd(b1, h1, h1);
    c0 = f32x4.relaxed_madd(c0, h0, h0);
    c1 = f32x4.relaxed_madd(c1, h1, h1);
    d0 = f32x4.relaxed_madd(d0, h0, h0);
    d1 = f32x4.relaxed_madd(d1, h1, h1);
    e0 = f32x4.relaxed_madd(e0, h0, h0);
    e1 = f32x4.relaxed_madd(e1, h1, h1);
    f0 = f32x4.relaxed_madd(f0, h0, h0);
    f1 = f32x4.relaxed_madd(f1, h1, h1);
    g0 = f32x4.relaxed_madd(g0, h0, h0);
    g1 = f32x4.relaxed_madd(g1, h1, h1);
    i0 = f32x4.relaxed_madd(i0, h0, h0);
    i1 = f32x4.relaxed_madd(i1, h1, h1);
    j0 = f32x4.relaxed_madd(j0, h0, h0);
    j1 = f32x4.relaxed_madd(j1, h1, h1);
    k0 = f32x4.relaxed_madd(k0, h0, h0);
    k1 = f32x4.relaxed_madd(k1, h1, h1);
    l0 = f32x4.relaxed_madd(l0, h0, h0);
    l1 = f32x4.relaxed_madd(l1, h1, h1);
    m0 = f32x4.relaxed_madd(m0, h0, h0);
    m1 = f32x4.relaxed_madd(m1, h1, h1);
  }
  v128.store(at, a0, 0);
  v128.store(at, a1, 16);
  v128.store(at, b0, 32);
  v128.store(at, b1, 48);
  v128.store(at, c0, 64);
  v128.store(at, c1, 80);
  v128.store(at, d0, 96);
  v128.store(at, d1, 112);
  v128.store(at, e0, 128);
  v128.store(at, e1, 144);
  v128.store(at, f0, 160);
  v128.store(at, f1, 176);
  v128.store(at, g0, 192);
  v128.store(at, g1, 208);
  v128.store(at, i0, 224);
  v128.store(at, i1, 240);
  v128.store(at, j0, 256);
  v128.store(at, j1, 272);
  v128.store(at, k0, 288);
  v128.store(at, k1, 304);
  v128.store(at, l0, 320);
  v128.store(at, l1, 336);
  v128.store(at, m0, 352);
  v128.store(at, m1, 368);
}
