/**
 * Rows of quantised weights times one vector (AssemblyScript): weights as qpack.as.ts makes them, activations as
 * qactivations.as.ts does. Each loop computes groups [from, to) of eight rows, whole: y has room for the rows that the last one
 * lacks.
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

/**
 * Q8_0. Positive and negative activations are summed apart, so that the second operand of the relaxed dot product is never
 * negative: exact with all 8 bits on every engine, for twice the products, which reading the weights leaves time for.
 */
export function matvecQ8_0(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * SPLIT_BYTES;
  let w = packed + usize(from) * blocks * Q8_0_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    for (let q = x; q < end; q += SPLIT_BYTES) {
      let pa = i32x4.splat(0), pb = pa, na = pa, nb = pa;
      let u = v128.load(w, 16), v = v128.load(w, 32), p = v128.load32_splat(q, 16), n = v128.load32_splat(q, 48);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(w, 48), v = v128.load(w, 64), p = v128.load32_splat(q, 20), n = v128.load32_splat(q, 52);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      keep(w, y, pa, pb), keep(w, y, na, nb);
      u = v128.load(w, 80), v = v128.load(w, 96), p = v128.load32_splat(q, 24), n = v128.load32_splat(q, 56);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(w, 112), v = v128.load(w, 128), p = v128.load32_splat(q, 28), n = v128.load32_splat(q, 60);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      keep(w, y, pa, pb), keep(w, y, na, nb);
      u = v128.load(w, 144), v = v128.load(w, 160), p = v128.load32_splat(q, 32), n = v128.load32_splat(q, 64);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(w, 176), v = v128.load(w, 192), p = v128.load32_splat(q, 36), n = v128.load32_splat(q, 68);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      keep(w, y, pa, pb), keep(w, y, na, nb);
      u = v128.load(w, 208), v = v128.load(w, 224), p = v128.load32_splat(q, 40), n = v128.load32_splat(q, 72);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      u = v128.load(w, 240), v = v128.load(w, 256), p = v128.load32_splat(q, 44), n = v128.load32_splat(q, 76);
      pa = dot(u, p, pa), pb = dot(v, p, pb), na = dot(u, n, na), nb = dot(v, n, nb);
      const d = v128.load32_splat(q, 12);
      a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(i32x4.sub(pa, na)), f32x4.mul(d, loadFourFiniteHalves(w)), a);
      b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(i32x4.sub(pb, nb)), f32x4.mul(d, loadFourFiniteHalves(w + 8)), b);
      w += Q8_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
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
  let w = packed + usize(from) * blocks * Q8_0_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    for (let q = x; q < end; q += SUMS_BYTES) {
      let ta = i32x4.mul(v128.load32_splat(q, 4), eighth), tb = ta;
      let s = v128.load32_splat(q, 16);
      ta = dot(s, v128.load(w, 16), ta), tb = dot(s, v128.load(w, 32), tb);
      s = v128.load32_splat(q, 20);
      ta = dot(s, v128.load(w, 48), ta), tb = dot(s, v128.load(w, 64), tb);
      keep(w, y, ta, tb);
      s = v128.load32_splat(q, 24);
      ta = dot(s, v128.load(w, 80), ta), tb = dot(s, v128.load(w, 96), tb);
      s = v128.load32_splat(q, 28);
      ta = dot(s, v128.load(w, 112), ta), tb = dot(s, v128.load(w, 128), tb);
      keep(w, y, ta, tb);
      s = v128.load32_splat(q, 32);
      ta = dot(s, v128.load(w, 144), ta), tb = dot(s, v128.load(w, 160), tb);
      s = v128.load32_splat(q, 36);
      ta = dot(s, v128.load(w, 176), ta), tb = dot(s, v128.load(w, 192), tb);
      keep(w, y, ta, tb);
      s = v128.load32_splat(q, 40);
      ta = dot(s, v128.load(w, 208), ta), tb = dot(s, v128.load(w, 224), tb);
      s = v128.load32_splat(q, 44);
      ta = dot(s, v128.load(w, 240), ta), tb = dot(s, v128.load(w, 256), tb);
      const d = v128.load32_splat(q);
      a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(ta), f32x4.mul(d, loadFourFiniteHalves(w)), a);
      b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(tb), f32x4.mul(d, loadFourFiniteHalves(w + 8)), b);
      w += Q8_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}

const NIBBLE: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);

// @ts-ignore: decorator
@inline
function low(v: v128): v128 {
  return v128.and(v, v128.load(NIBBLE));
}

/** There is no 8-bit shift in x86: shifted as 16-bit lanes, the mask drops what came from the neighbour. */
// @ts-ignore: decorator
@inline
function high(v: v128): v128 {
  return v128.and(i16x8.shr_u(v, 4), v128.load(NIBBLE));
}

/** Q4_0. The nibbles are the second operand, so that activations have all 8 bits; −8 · Σ is where the sums begin. */
export function matvecQ4_0(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 5);
  const end = x + blocks * SUMS_BYTES;
  let w = packed + usize(from) * blocks * Q4_0_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    for (let q = x; q < end; q += SUMS_BYTES) {
      let ta = v128.load32_splat(q, 4), tb = ta;
      let v = v128.load(w, 16), s = v128.load32_splat(q, 16);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      v = v128.load(w, 32), s = v128.load32_splat(q, 20);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      keep(w, y, ta, tb);
      v = v128.load(w, 48), s = v128.load32_splat(q, 24);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      v = v128.load(w, 64), s = v128.load32_splat(q, 28);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      keep(w, y, ta, tb);
      v = v128.load(w, 80), s = v128.load32_splat(q, 32);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      v = v128.load(w, 96), s = v128.load32_splat(q, 36);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      keep(w, y, ta, tb);
      v = v128.load(w, 112), s = v128.load32_splat(q, 40);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      v = v128.load(w, 128), s = v128.load32_splat(q, 44);
      ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
      const d = v128.load32_splat(q);
      a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(ta), f32x4.mul(d, loadFourFiniteHalves(w)), a);
      b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(tb), f32x4.mul(d, loadFourFiniteHalves(w + 8)), b);
      w += Q4_0_GROUP;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
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
 */
export function matvecQ4_K(packed: usize, x: usize, y: usize, K: i32, from: i32, to: i32): void {
  const blocks = usize(K >> 8);
  const end = x + 8 * blocks * SUMS_BYTES;
  let w = packed + usize(from) * blocks * Q4_K_GROUP;
  const last = y + (usize(to) << 5);
  for (let out = y + (usize(from) << 5); out < last; out += 32) {
    let a = f32x4.splat(0), b = a;
    let q = x;
    while (q < end) {
      const halves = w;
      const next = q + 8 * SUMS_BYTES;
      let sa = f32x4.splat(0), sb = sa, ma = sa, mb = sa;
      for (w += 32; q < next; q += SUMS_BYTES) {
        let ta = i32x4.splat(0), tb = ta;
        let v = v128.load(w, 16), s = v128.load32_splat(q, 16);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        v = v128.load(w, 32), s = v128.load32_splat(q, 20);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        keep(w, y, ta, tb);
        v = v128.load(w, 48), s = v128.load32_splat(q, 24);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        v = v128.load(w, 64), s = v128.load32_splat(q, 28);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        keep(w, y, ta, tb);
        v = v128.load(w, 80), s = v128.load32_splat(q, 32);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        v = v128.load(w, 96), s = v128.load32_splat(q, 36);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        keep(w, y, ta, tb);
        v = v128.load(w, 112), s = v128.load32_splat(q, 40);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        v = v128.load(w, 128), s = v128.load32_splat(q, 44);
        ta = dot(s, low(v), ta), tb = dot(s, high(v), tb);
        const d = v128.load32_splat(q), sum = v128.load32_splat(q, 8);
        const scales = v128.load8x8_u(w), minima = v128.load8x8_u(w, 8);
        sa = f32x4.relaxed_madd(f32x4.convert_i32x4_s(ta), f32x4.mul(d, lowFloats(scales)), sa);
        sb = f32x4.relaxed_madd(f32x4.convert_i32x4_s(tb), f32x4.mul(d, highFloats(scales)), sb);
        ma = f32x4.relaxed_madd(sum, lowFloats(minima), ma);
        mb = f32x4.relaxed_madd(sum, highFloats(minima), mb);
        w += 144;
      }
      a = f32x4.relaxed_nmadd(ma, loadFourFiniteHalves(halves + 16), f32x4.relaxed_madd(sa, loadFourFiniteHalves(halves), a));
      b = f32x4.relaxed_nmadd(mb, loadFourFiniteHalves(halves + 24), f32x4.relaxed_madd(sb, loadFourFiniteHalves(halves + 8), b));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}
