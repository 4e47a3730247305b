/** Peaks of the relaxed int8 dot product, on 128 bits and on 256 where V8 joins pairs (see `fmaPairs`), in a module of its own: WebKit has multiply-adds, but refuses a module that holds this. */

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

/**
 * The same by 12 pairs of chains: 768 operations a round.
 * @param out 384 bytes a thread, read and written
 */
export function dotI8Pairs(out: usize, count: i32, thread: i32, threads: i32): void {
  const at = out + usize(thread) * 384;
  const h0 = v128.load(ONES), h1 = v128.load(ONES, 16);
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
    a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, a0);
    a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, a1);
    b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, b0);
    b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, b1);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, c0);
    c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, c1);
    d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, d0);
    d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, d1);
    e0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, e0);
    e1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, e1);
    f0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, f0);
    f1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, f1);
    g0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, g0);
    g1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, g1);
    i0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, i0);
    i1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, i1);
    j0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, j0);
    j1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, j1);
    k0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, k0);
    k1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, k1);
    l0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, l0);
    l1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, l1);
    m0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h0, h0, m0);
    m1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(h1, h1, m1);
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
