/**
 * Rows of quantised weights times one vector (AssemblyScript): weights as qpack.as.ts makes them, activations as
 * qactivations.as.ts does. Each loop computes groups [from, to) of eight rows, whole: y has room for the rows that the last one
 * lacks.
 *
 * Memory is what such a product waits for, and one stream does not take all that it gives: prefetchers stop at the end of a page
 * of 4 KiB. So each loop reads two, `near` and `far`, which begin at the first group and in the middle (a Zen 5 core gave 1.25 times
 * as much). Of an odd number of groups both do the one in the middle.
 *
 * Scales must be finite, as every quantiser writes them: an infinite one counts as 65536.
 *
 * The steps of a block are written out, with branches that are never taken between them: see {@link keep}.
 */
import { loadFourFiniteHalves } from './f16.as';
import { SPLIT_BYTES, SUMS_BYTES } from './qactivations.as';
import { Q4_0_GROUP, Q4_K_GROUP, Q8_0_GROUP } from './qpack.as';

/** The first operand is signed; the second stays in 0 … 127, where all engines agree, but in {@link matvecBytes}. */
// @ts-ignore: decorator
@inline
function dot(signed: v128, small: v128, sum: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(signed, small, sum);
}

/**
 * Keeps the sums where they are written. Between two branches binaryen and V8 put pure operations where their results are used:
 * all sums behind all loads, which are then spilled. A branch that stores them, never taken, is such a use; `w`, an address of
 * weights, is never that of `y`, which no compiler knows. (A loop over the steps does the same, but leaving it for every block
 * takes longer than the products.)
 */
// @ts-ignore: decorator
@inline
function keep(w: usize, y: usize, a: v128, b: v128): void {
  if (w == y) {
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

/** Groups of a stream: half of [from, to), rounded up. */
// @ts-ignore: decorator
@inline
function halfOf(from: i32, to: i32): i32 {
  return (to - from + 1) >> 1;
}

/** sum + t · d · the four halves at `p` */
// @ts-ignore: decorator
@inline
function addScaled(t: v128, d: v128, p: usize, sum: v128): v128 {
  return f32x4.relaxed_madd(f32x4.convert_i32x4_s(t), f32x4.mul(d, loadFourFiniteHalves(p)), sum);
}

/**
 * Q8_0. Positive and negative activations are summed apart, so that the second operand of the relaxed dot product is never
 * negative: exact with all 8 bits on every engine, for twice the products, which reading the weights leaves time for.
 */
export function matvecQ8_0(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * SPLIT_BYTES;
  const half = halfOf(from, to);
  let near = packed + usize(from) * blocks * Q8_0_GROUP;
  let far = packed + usize(to - half) * blocks * Q8_0_GROUP;
  const apart = usize(to - half - from) << 5;
  const last = y + (usize(from + half) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let q = x; q < end; q += SPLIT_BYTES) {
      let pa = i32x4.splat(0), pb = pa, na = pa, nb = pa, pc = pa, pd = pa, nc = pa, nd = pa;
      let p = v128.load32_splat(q, 16), n = v128.load32_splat(q, 48);
      let u = v128.load(near, 16), v = v128.load(near, 32);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 16), v = v128.load(far, 32);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      p = v128.load32_splat(q, 20), n = v128.load32_splat(q, 52);
      u = v128.load(near, 48), v = v128.load(near, 64);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 48), v = v128.load(far, 64);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      keep(near, y, pa, pb), keep(near, y, na, nb), keep(far, y, pc, pd), keep(far, y, nc, nd);
      p = v128.load32_splat(q, 24), n = v128.load32_splat(q, 56);
      u = v128.load(near, 80), v = v128.load(near, 96);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 80), v = v128.load(far, 96);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      p = v128.load32_splat(q, 28), n = v128.load32_splat(q, 60);
      u = v128.load(near, 112), v = v128.load(near, 128);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 112), v = v128.load(far, 128);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      keep(near, y, pa, pb), keep(near, y, na, nb), keep(far, y, pc, pd), keep(far, y, nc, nd);
      p = v128.load32_splat(q, 32), n = v128.load32_splat(q, 64);
      u = v128.load(near, 144), v = v128.load(near, 160);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 144), v = v128.load(far, 160);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      p = v128.load32_splat(q, 36), n = v128.load32_splat(q, 68);
      u = v128.load(near, 176), v = v128.load(near, 192);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 176), v = v128.load(far, 192);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      keep(near, y, pa, pb), keep(near, y, na, nb), keep(far, y, pc, pd), keep(far, y, nc, nd);
      p = v128.load32_splat(q, 40), n = v128.load32_splat(q, 72);
      u = v128.load(near, 208), v = v128.load(near, 224);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 208), v = v128.load(far, 224);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      p = v128.load32_splat(q, 44), n = v128.load32_splat(q, 76);
      u = v128.load(near, 240), v = v128.load(near, 256);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(far, 240), v = v128.load(far, 256);
      pc = dot(u, p, pc), pd = dot(v, p, pd), nc = dot(u, n, nc), nd = dot(v, n, nd);
      const scale = v128.load32_splat(q, 12);
      a = addScaled(i32x4.sub(pa, na), scale, near, a);
      b = addScaled(i32x4.sub(pb, nb), scale, near + 8, b);
      c = addScaled(i32x4.sub(pc, nc), scale, far, c);
      d = addScaled(i32x4.sub(pd, nd), scale, far + 8, d);
      near += Q8_0_GROUP;
      far += Q8_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out + apart, c);
    v128.store(out + apart, d, 16);
  }
}

/**
 * Q8_0 where the engine takes all 8 bits of the second operand: weights packed as it takes them, plus `offset` (128, or 0), with
 * activations as `withSums` makes them. −offset · Σ activations is where the sums begin. Half the products of {@link matvecQ8_0}.
 */
export function matvecBytes(
  packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32, offset: i32,
): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * SUMS_BYTES;
  // The table has −8 · Σ.
  const eighth = i32x4.splat(offset >> 3);
  const half = halfOf(from, to);
  let near = packed + usize(from) * blocks * Q8_0_GROUP;
  let far = packed + usize(to - half) * blocks * Q8_0_GROUP;
  const apart = usize(to - half - from) << 5;
  const last = y + (usize(from + half) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let q = x; q < end; q += SUMS_BYTES) {
      let ta = i32x4.mul(v128.load32_splat(q, 4), eighth), tb = ta, tc = ta, td = ta;
      let s = v128.load32_splat(q, 16);
      ta = dot(s, v128.load(near, 16), ta), tb = dot(s, v128.load(near, 32), tb);
      tc = dot(s, v128.load(far, 16), tc), td = dot(s, v128.load(far, 32), td);
      s = v128.load32_splat(q, 20);
      ta = dot(s, v128.load(near, 48), ta), tb = dot(s, v128.load(near, 64), tb);
      tc = dot(s, v128.load(far, 48), tc), td = dot(s, v128.load(far, 64), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 24);
      ta = dot(s, v128.load(near, 80), ta), tb = dot(s, v128.load(near, 96), tb);
      tc = dot(s, v128.load(far, 80), tc), td = dot(s, v128.load(far, 96), td);
      s = v128.load32_splat(q, 28);
      ta = dot(s, v128.load(near, 112), ta), tb = dot(s, v128.load(near, 128), tb);
      tc = dot(s, v128.load(far, 112), tc), td = dot(s, v128.load(far, 128), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 32);
      ta = dot(s, v128.load(near, 144), ta), tb = dot(s, v128.load(near, 160), tb);
      tc = dot(s, v128.load(far, 144), tc), td = dot(s, v128.load(far, 160), td);
      s = v128.load32_splat(q, 36);
      ta = dot(s, v128.load(near, 176), ta), tb = dot(s, v128.load(near, 192), tb);
      tc = dot(s, v128.load(far, 176), tc), td = dot(s, v128.load(far, 192), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 40);
      ta = dot(s, v128.load(near, 208), ta), tb = dot(s, v128.load(near, 224), tb);
      tc = dot(s, v128.load(far, 208), tc), td = dot(s, v128.load(far, 224), td);
      s = v128.load32_splat(q, 44);
      ta = dot(s, v128.load(near, 240), ta), tb = dot(s, v128.load(near, 256), tb);
      tc = dot(s, v128.load(far, 240), tc), td = dot(s, v128.load(far, 256), td);
      const scale = v128.load32_splat(q);
      a = addScaled(ta, scale, near, a), b = addScaled(tb, scale, near + 8, b);
      c = addScaled(tc, scale, far, c), d = addScaled(td, scale, far + 8, d);
      near += Q8_0_GROUP;
      far += Q8_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out + apart, c);
    v128.store(out + apart, d, 16);
  }
}

const LOW: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);
const HIGH: usize = memory.data<u8>([240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240, 240]);

/**
 * High nibbles where relaxed dot products take 7 bits. There is no 8-bit shift in x86: shifted as 16-bit lanes, the mask drops what
 * came from the neighbour.
 */
class Shifted {
  // @ts-ignore: decorator
  @inline
  mask(): v128 {
    return v128.load(LOW);
  }
  // @ts-ignore: decorator
  @inline
  high(v: v128, mask: v128): v128 {
    return v128.and(i16x8.shr_u(v, 4), mask);
  }
  /** Where sums of high nibbles begin, if those of low ones begin with `t`. */
  // @ts-ignore: decorator
  @inline
  start(t: v128): v128 {
    return t;
  }
  /** The scale of the activations at `q` that goes with them. */
  // @ts-ignore: decorator
  @inline
  scale(q: usize): v128 {
    return v128.load32_splat(q);
  }
}

/** High nibbles where they are: 16 times as large, up to 240. */
class InPlace {
  // @ts-ignore: decorator
  @inline
  mask(): v128 {
    return v128.load(HIGH);
  }
  // @ts-ignore: decorator
  @inline
  high(v: v128, mask: v128): v128 {
    return v128.and(v, mask);
  }
  // @ts-ignore: decorator
  @inline
  start(t: v128): v128 {
    return i32x4.shl(t, 4);
  }
  // @ts-ignore: decorator
  @inline
  scale(q: usize): v128 {
    return v128.load32_splat(q, 12);
  }
}

/**
 * Q4_0. The nibbles are the second operand, so that activations have all 8 bits; −8 · Σ is where the sums begin.
 * @param unsigned whether the engine takes 0 … 255 as second operand: the high nibbles then stay where they are. The result is the
 * same, to the bit: it is a power of two that moves from the products to the scale.
 */
export function matvecQ4_0(
  packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32, unsigned: bool,
): void {
  if (unsigned) nibbles<InPlace>(packed, x, y, K, from, to);
  else nibbles<Shifted>(packed, x, y, K, from, to);
}

function nibbles<H>(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const f = changetype<H>(0);
  const low = v128.load(LOW), mask = f.mask();
  const blocks = usize(K >> 5);
  const end = x + blocks * SUMS_BYTES;
  const half = halfOf(from, to);
  let near = packed + usize(from) * blocks * Q4_0_GROUP;
  let far = packed + usize(to - half) * blocks * Q4_0_GROUP;
  const apart = usize(to - half - from) << 5;
  const last = y + (usize(from + half) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let q = x; q < end; q += SUMS_BYTES) {
      let ta = v128.load32_splat(q, 4), tb = f.start(ta), tc = ta, td = tb;
      let s = v128.load32_splat(q, 16), v = v128.load(near, 16);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 16);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      s = v128.load32_splat(q, 20), v = v128.load(near, 32);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 32);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 24), v = v128.load(near, 48);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 48);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      s = v128.load32_splat(q, 28), v = v128.load(near, 64);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 64);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 32), v = v128.load(near, 80);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 80);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      s = v128.load32_splat(q, 36), v = v128.load(near, 96);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 96);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      keep(near, y, ta, tb), keep(far, y, tc, td);
      s = v128.load32_splat(q, 40), v = v128.load(near, 112);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 112);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      s = v128.load32_splat(q, 44), v = v128.load(near, 128);
      ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
      v = v128.load(far, 128);
      tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
      const l = v128.load32_splat(q), h = f.scale(q);
      a = addScaled(ta, l, near, a), b = addScaled(tb, h, near + 8, b);
      c = addScaled(tc, l, far, c), d = addScaled(td, h, far + 8, d);
      near += Q4_0_GROUP;
      far += Q4_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out + apart, c);
    v128.store(out + apart, d, 16);
  }
}

/** Four bytes of eight as floats. */
// @ts-ignore: decorator
@inline
function lowFloats(bytes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(bytes));
}
// @ts-ignore: decorator
@inline
function highFloats(bytes: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(bytes));
}

/**
 * Q4_K: Σ x (d s q − dmin m) = d Σ over blocks s · dx Σ xq q − dmin Σ over blocks m · dx Σ xq. The sums with s and with m are
 * kept for 256 weights; d and dmin come at their end.
 * @param unsigned as of {@link matvecQ4_0}
 */
export function matvecQ4_K(
  packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32, unsigned: bool,
): void {
  if (unsigned) nibblesK<InPlace>(packed, x, y, K, from, to);
  else nibblesK<Shifted>(packed, x, y, K, from, to);
}

/** sum + d · the four halves at `p`, and less m · those 16 bytes behind. */
// @ts-ignore: decorator
@inline
function addSuper(d: v128, m: v128, p: usize, sum: v128): v128 {
  const more = f32x4.relaxed_madd(d, loadFourFiniteHalves(p), sum);
  return f32x4.relaxed_nmadd(m, loadFourFiniteHalves(p + 16), more);
}

function nibblesK<H>(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const f = changetype<H>(0);
  const low = v128.load(LOW), mask = f.mask();
  const blocks = usize(K >> 8);
  const end = x + 8 * blocks * SUMS_BYTES;
  const half = halfOf(from, to);
  let near = packed + usize(from) * blocks * Q4_K_GROUP;
  let far = packed + usize(to - half) * blocks * Q4_K_GROUP;
  const apart = usize(to - half - from) << 5;
  const last = y + (usize(from + half) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let q = x;
    while (q < end) {
      const halves = near, farHalves = far;
      const next = q + 8 * SUMS_BYTES;
      let sa = f32x4.splat(0), sb = sa, sc = sa, sd = sa, ma = sa, mb = sa, mc = sa, md = sa;
      far += 32;
      for (near += 32; q < next; q += SUMS_BYTES) {
        let ta = i32x4.splat(0), tb = ta, tc = ta, td = ta;
        let s = v128.load32_splat(q, 16), v = v128.load(near, 16);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 16);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        s = v128.load32_splat(q, 20), v = v128.load(near, 32);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 32);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        keep(near, y, ta, tb), keep(far, y, tc, td);
        s = v128.load32_splat(q, 24), v = v128.load(near, 48);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 48);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        s = v128.load32_splat(q, 28), v = v128.load(near, 64);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 64);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        keep(near, y, ta, tb), keep(far, y, tc, td);
        s = v128.load32_splat(q, 32), v = v128.load(near, 80);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 80);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        s = v128.load32_splat(q, 36), v = v128.load(near, 96);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 96);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        keep(near, y, ta, tb), keep(far, y, tc, td);
        s = v128.load32_splat(q, 40), v = v128.load(near, 112);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 112);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        s = v128.load32_splat(q, 44), v = v128.load(near, 128);
        ta = dot(s, v128.and(v, low), ta), tb = dot(s, f.high(v, mask), tb);
        v = v128.load(far, 128);
        tc = dot(s, v128.and(v, low), tc), td = dot(s, f.high(v, mask), td);
        const l = v128.load32_splat(q), h = f.scale(q), sum = v128.load32_splat(q, 8);
        let scales = v128.load8x8_u(near), minima = v128.load8x8_u(near, 8);
        sa = f32x4.relaxed_madd(f32x4.convert_i32x4_s(ta), f32x4.mul(l, lowFloats(scales)), sa);
        sb = f32x4.relaxed_madd(f32x4.convert_i32x4_s(tb), f32x4.mul(h, highFloats(scales)), sb);
        ma = f32x4.relaxed_madd(sum, lowFloats(minima), ma);
        mb = f32x4.relaxed_madd(sum, highFloats(minima), mb);
        scales = v128.load8x8_u(far), minima = v128.load8x8_u(far, 8);
        sc = f32x4.relaxed_madd(f32x4.convert_i32x4_s(tc), f32x4.mul(l, lowFloats(scales)), sc);
        sd = f32x4.relaxed_madd(f32x4.convert_i32x4_s(td), f32x4.mul(h, highFloats(scales)), sd);
        mc = f32x4.relaxed_madd(sum, lowFloats(minima), mc);
        md = f32x4.relaxed_madd(sum, highFloats(minima), md);
        near += 144;
        far += 144;
      }
      a = addSuper(sa, ma, halves, a), b = addSuper(sb, mb, halves + 8, b);
      c = addSuper(sc, mc, farHalves, c), d = addSuper(sd, md, farHalves + 8, d);
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out + apart, c);
    v128.store(out + apart, d, 16);
  }
}
