/**
 * Chains that start from and end in neighbouring memory (AssemblyScript), from which V8's `--experimental-wasm-revectorize` makes chains of
 * 256 bits: for peaks (harness/roofline/), in modules of which some engines refuse one or the other.
 */

/**
 * `count` rounds of 12 pairs of chains, each of them of(chain, h): without the flag they do not fit into 15 registers.
 * @param at 384 bytes, read and written
 * @param h 32 bytes: 16 for the first of each pair, 16 for the second
 */
// @ts-ignore: decorator
@inline
export function chainPairs<F>(at: usize, count: i32, h: usize): void {
  const f = changetype<F>(0);
  const h0 = v128.load(h), h1 = v128.load(h, 16);
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
    a0 = f.of(a0, h0);
    a1 = f.of(a1, h1);
    b0 = f.of(b0, h0);
    b1 = f.of(b1, h1);
    c0 = f.of(c0, h0);
    c1 = f.of(c1, h1);
    d0 = f.of(d0, h0);
    d1 = f.of(d1, h1);
    e0 = f.of(e0, h0);
    e1 = f.of(e1, h1);
    f0 = f.of(f0, h0);
    f1 = f.of(f1, h1);
    g0 = f.of(g0, h0);
    g1 = f.of(g1, h1);
    i0 = f.of(i0, h0);
    i1 = f.of(i1, h1);
    j0 = f.of(j0, h0);
    j1 = f.of(j1, h1);
    k0 = f.of(k0, h0);
    k1 = f.of(k1, h1);
    l0 = f.of(l0, h0);
    l1 = f.of(l1, h1);
    m0 = f.of(m0, h0);
    m1 = f.of(m1, h1);
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
