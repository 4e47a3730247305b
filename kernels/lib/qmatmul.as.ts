/**
 * Rows of activations times rows of quantised weights (AssemblyScript). A group of eight weight rows (qpack.as.ts), or two, is
 * expanded into a panel that stays in cache while tiles of up to six rows of activations pass by: what the format costs is paid
 * once for all of them, and one loop serves every format.
 *
 * In a block of 32 of a panel of nr rows (8 or 16) stand nr float scales, nr words that the kind below says, and 8 steps with four
 * weights of each of the rows. In a block of a tile of `mr` rows stand mr float scales, mr words, and the steps with four activations of each row.
 *
 * The relaxed dot product is the same on all engines only where its second operand stays in 0 … 127. Kinds, by what that is:
 * - OFFSET: activations plus an offset; sums begin at −offset · Σ weights, the words of the panel
 * - SPLIT: positive and negative activations apart, 8 steps each
 * - STORED: weights as they are packed, which is `offset` more than they are; sums begin at −offset · Σ activations, the words of the tile
 * - MINIMA: weights of 4 bits; the words are minima in the panel, d · Σ activations in the tile
 * - WIDE: no relaxed dot product: both as 16-bit integers, 16 steps with two weights of each row; panels of eight rows only
 */
import { loadFourHalves } from './f16.as';
import { inverseOf, largestMagnitude, sixteenBytes, sumOf } from './qactivations.as';
import { Q4_0_GROUP, Q4_K_GROUP, Q8_0_GROUP } from './qpack.as';
import { firstOf } from './math.as';

export const OFFSET: i32 = 0;
export const SPLIT: i32 = 1;
export const STORED: i32 = 2;
export const MINIMA: i32 = 3;
export const WIDE: i32 = 4;

/** Formats that weights are expanded from. */
export const Q8_0: i32 = 0;
export const Q4_0: i32 = 1;
export const Q4_K: i32 = 2;

/** Bytes of 32 × nr weights of a panel. */
// @ts-ignore: decorator
@inline
function panelBlock(kind: i32, nr: usize): usize {
  return nr * (kind == WIDE ? 8 + 64 : 8 + 32);
}

/** Bytes of 32 activations of a row of a tile. */
// @ts-ignore: decorator
@inline
function rowBlock(kind: i32): usize {
  return kind == SPLIT || kind == WIDE ? 8 + 64 : 8 + 32;
}

/** Products of four (WIDE: two) activations of a row with those of four weight rows, added to `sum`. */
// @ts-ignore: decorator
@inline
function dot(kind: i32, w: v128, x: v128, sum: v128): v128 {
  if (kind == WIDE) return i32x4.add(sum, i32x4.dot_i16x8_s(w, x));
  if (kind == STORED || kind == MINIMA) return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w, sum);
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
}

/** Where the sum of row `r` of the tile at `x` begins, given what the panel has for it. */
// @ts-ignore: decorator
@inline
function begin(kind: i32, mr: i32, r: usize, x: usize, offsets: v128): v128 {
  if (kind == OFFSET) return offsets;
  if (kind == STORED) return v128.load32_splat(x + 4 * usize(mr) + 4 * r);
  return i32x4.splat(0);
}

// @ts-ignore: decorator
@inline
function negate(v: v128): v128 {
  return i32x4.sub(i32x4.splat(0), v);
}

/** Adds row `r` of a block to eight of its nr float sums: the first, or with `half` 1 the second. */
// @ts-ignore: decorator
@inline
function finish(kind: i32, nr: usize, mr: i32, r: usize, half: usize, w: usize, x: usize, t0: v128, t1: v128, sums: usize): void {
  const d = v128.load32_splat(x + 4 * r);
  const to = sums + 4 * nr * r + 32 * half;
  const scales = w + 32 * half;
  let a = v128.load(to);
  let b = v128.load(to, 16);
  if (kind == MINIMA) {
    const sum = v128.load32_splat(x + 4 * usize(mr) + 4 * r);
    const minima = scales + 4 * nr;
    a = f32x4.relaxed_nmadd(sum, v128.load(minima), a);
    b = f32x4.relaxed_nmadd(sum, v128.load(minima, 16), b);
  }
  // Both before the first is stored: V8 pairs what is stored side by side, unless there is a load in between.
  a = f32x4.relaxed_madd(f32x4.convert_i32x4_s(t0), f32x4.mul(d, v128.load(scales)), a);
  b = f32x4.relaxed_madd(f32x4.convert_i32x4_s(t1), f32x4.mul(d, v128.load(scales, 16)), b);
  v128.store(to, a);
  v128.store(to, b, 16);
}

/**
 * sums[mr × nr] = tile at `x` times panel at `w`, `blocks` deep. `kind`, `nr` (8 or 16) and `mr` (1 to 6) are constants at every
 * call.
 *
 * Six rows by eight are 12 integer accumulators, two vectors of weights and one of activations: V8's 15 vector registers. The
 * float sums are in memory, and the steps are a loop of their own: unrolled, or with float sums as variables, binaryen moves whole
 * rows apart and V8 spills, and it runs at half the speed. Six by sixteen are as many once V8 has joined them in pairs of 256 bits
 * (--experimental-wasm-revectorize); without the flag they spill.
 */
// @ts-ignore: decorator
@inline
function tile(kind: i32, nr: usize, mr: i32, w: usize, x: usize, blocks: i32, sums: usize): void {
  memory.fill(sums, 0, 4 * nr * mr);
  for (; blocks > 0; blocks--) {
    const words = w + 4 * nr;
    const z0 = v128.load(words), z1 = v128.load(words, 16);
    const z2 = nr > 8 ? v128.load(words, 32) : z0, z3 = nr > 8 ? v128.load(words, 48) : z1;
    let c00 = begin(kind, mr, 0, x, z0), c01 = begin(kind, mr, 0, x, z1), c02 = begin(kind, mr, 0, x, z2), c03 = begin(kind, mr, 0, x, z3);
    let c10 = begin(kind, mr, 1, x, z0), c11 = begin(kind, mr, 1, x, z1), c12 = begin(kind, mr, 1, x, z2), c13 = begin(kind, mr, 1, x, z3);
    let c20 = begin(kind, mr, 2, x, z0), c21 = begin(kind, mr, 2, x, z1), c22 = begin(kind, mr, 2, x, z2), c23 = begin(kind, mr, 2, x, z3);
    let c30 = begin(kind, mr, 3, x, z0), c31 = begin(kind, mr, 3, x, z1), c32 = begin(kind, mr, 3, x, z2), c33 = begin(kind, mr, 3, x, z3);
    let c40 = begin(kind, mr, 4, x, z0), c41 = begin(kind, mr, 4, x, z1), c42 = begin(kind, mr, 4, x, z2), c43 = begin(kind, mr, 4, x, z3);
    let c50 = begin(kind, mr, 5, x, z0), c51 = begin(kind, mr, 5, x, z1), c52 = begin(kind, mr, 5, x, z2), c53 = begin(kind, mr, 5, x, z3);
    let q = x + 8 * usize(mr);
    const end = w + panelBlock(kind, nr);
    for (let half = 0; ; half++) {
      let p = w + 8 * nr;
      do {
        const w0 = v128.load(p), w1 = v128.load(p, 16);
        const w2 = nr > 8 ? v128.load(p, 32) : w0, w3 = nr > 8 ? v128.load(p, 48) : w1;
        let v = v128.load32_splat(q);
        c00 = dot(kind, w0, v, c00);
        c01 = dot(kind, w1, v, c01);
        if (nr > 8) {
          c02 = dot(kind, w2, v, c02);
          c03 = dot(kind, w3, v, c03);
        }
        if (mr > 1) {
          v = v128.load32_splat(q, 4);
          c10 = dot(kind, w0, v, c10);
          c11 = dot(kind, w1, v, c11);
          if (nr > 8) {
            c12 = dot(kind, w2, v, c12);
            c13 = dot(kind, w3, v, c13);
          }
        }
        if (mr > 2) {
          v = v128.load32_splat(q, 8);
          c20 = dot(kind, w0, v, c20);
          c21 = dot(kind, w1, v, c21);
          if (nr > 8) {
            c22 = dot(kind, w2, v, c22);
            c23 = dot(kind, w3, v, c23);
          }
        }
        if (mr > 3) {
          v = v128.load32_splat(q, 12);
          c30 = dot(kind, w0, v, c30);
          c31 = dot(kind, w1, v, c31);
          if (nr > 8) {
            c32 = dot(kind, w2, v, c32);
            c33 = dot(kind, w3, v, c33);
          }
        }
        if (mr > 4) {
          v = v128.load32_splat(q, 16);
          c40 = dot(kind, w0, v, c40);
          c41 = dot(kind, w1, v, c41);
          if (nr > 8) {
            c42 = dot(kind, w2, v, c42);
            c43 = dot(kind, w3, v, c43);
          }
        }
        if (mr > 5) {
          v = v128.load32_splat(q, 20);
          c50 = dot(kind, w0, v, c50);
          c51 = dot(kind, w1, v, c51);
          if (nr > 8) {
            c52 = dot(kind, w2, v, c52);
            c53 = dot(kind, w3, v, c53);
          }
        }
        p += 4 * nr;
        q += 4 * usize(mr);
      } while (p < end);
      if (kind != SPLIT || half == 1) break;
      // The negative activations came first.
      c00 = negate(c00); c01 = negate(c01); c02 = negate(c02); c03 = negate(c03);
      if (mr > 1) { c10 = negate(c10); c11 = negate(c11); c12 = negate(c12); c13 = negate(c13); }
      if (mr > 2) { c20 = negate(c20); c21 = negate(c21); c22 = negate(c22); c23 = negate(c23); }
      if (mr > 3) { c30 = negate(c30); c31 = negate(c31); c32 = negate(c32); c33 = negate(c33); }
      if (mr > 4) { c40 = negate(c40); c41 = negate(c41); c42 = negate(c42); c43 = negate(c43); }
      if (mr > 5) { c50 = negate(c50); c51 = negate(c51); c52 = negate(c52); c53 = negate(c53); }
    }
    finish(kind, nr, mr, 0, 0, w, x, c00, c01, sums);
    if (mr > 1) finish(kind, nr, mr, 1, 0, w, x, c10, c11, sums);
    if (mr > 2) finish(kind, nr, mr, 2, 0, w, x, c20, c21, sums);
    if (mr > 3) finish(kind, nr, mr, 3, 0, w, x, c30, c31, sums);
    if (mr > 4) finish(kind, nr, mr, 4, 0, w, x, c40, c41, sums);
    if (mr > 5) finish(kind, nr, mr, 5, 0, w, x, c50, c51, sums);
    if (nr > 8) finish(kind, nr, mr, 0, 1, w, x, c02, c03, sums);
    if (nr > 8 && mr > 1) finish(kind, nr, mr, 1, 1, w, x, c12, c13, sums);
    if (nr > 8 && mr > 2) finish(kind, nr, mr, 2, 1, w, x, c22, c23, sums);
    if (nr > 8 && mr > 3) finish(kind, nr, mr, 3, 1, w, x, c32, c33, sums);
    if (nr > 8 && mr > 4) finish(kind, nr, mr, 4, 1, w, x, c42, c43, sums);
    if (nr > 8 && mr > 5) finish(kind, nr, mr, 5, 1, w, x, c52, c53, sums);
    w = end;
    x += usize(mr) * rowBlock(kind);
  }
}

// @ts-ignore: decorator
@inline
function tileOf(kind: i32, nr: usize, mr: i32, w: usize, x: usize, blocks: i32, sums: usize): void {
  if (mr == 6) tile(kind, nr, 6, w, x, blocks, sums);
  else if (mr == 5) tile(kind, nr, 5, w, x, blocks, sums);
  else if (mr == 4) tile(kind, nr, 4, w, x, blocks, sums);
  else if (mr == 3) tile(kind, nr, 3, w, x, blocks, sums);
  else if (mr == 2) tile(kind, nr, 2, w, x, blocks, sums);
  else tile(kind, nr, 1, w, x, blocks, sums);
}

const ONES: usize = memory.data<u8>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
const EIGHTS: usize = memory.data<u8>([8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]);
const NIBBLE: usize = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15]);

/** A step of four weights of four rows, as two steps of two weights of 16 bits. */
// @ts-ignore: decorator
@inline
function putWide(out: usize, step: v128): void {
  const pairs = i8x16.shuffle(step, step, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
  v128.store(out, i16x8.extend_low_i8x16_s(pairs));
  v128.store(out, i16x8.extend_high_i8x16_s(pairs), 32);
}

/** A panel of the group at `p`; of 16 rows the first or second `half` of one. */
// @ts-ignore: decorator
@inline
function expand(kind: i32, format: i32, nr: usize, half: usize, p: usize, panel: usize, blocks: i32, offset: i32): void {
  const end = panel + usize(blocks) * panelBlock(kind, nr);
  let halves = p;
  if (format == Q4_K) p += 32;
  for (let block = 0; panel < end; block++) {
    const scalesTo = panel + 32 * half;
    const wordsTo = scalesTo + 4 * nr;
    if (format == Q4_K) {
      if (block > 0 && (block & 7) == 0) {
        halves = p;
        p += 32;
      }
      const scales = v128.load8x8_u(p), minima = v128.load8x8_u(p, 8);
      const s0 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(scales)), m0 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(minima));
      const s1 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(scales)), m1 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(minima));
      v128.store(scalesTo, f32x4.mul(loadFourHalves(halves), s0));
      v128.store(scalesTo, f32x4.mul(loadFourHalves(halves + 8), s1), 16);
      v128.store(wordsTo, f32x4.mul(loadFourHalves(halves + 16), m0));
      v128.store(wordsTo, f32x4.mul(loadFourHalves(halves + 24), m1), 16);
    } else {
      v128.store(scalesTo, loadFourHalves(p));
      v128.store(scalesTo, loadFourHalves(p + 8), 16);
    }
    p += 16;
    let s0 = i32x4.splat(0), s1 = s0;
    const next = panel + panelBlock(kind, nr);
    for (let o = panel + 8 * nr + 32 * half; o < next; o += kind == WIDE ? 8 * nr : 4 * nr) {
      let a = v128.load(p), b = a;
      if (format == Q8_0) {
        b = v128.load(p, 16);
        p += 32;
      } else {
        b = v128.and(i16x8.shr_u(a, 4), v128.load(NIBBLE));
        a = v128.and(a, v128.load(NIBBLE));
        p += 16;
      }
      if (kind == WIDE) {
        if (format == Q4_0) {
          a = i8x16.sub(a, v128.load(EIGHTS));
          b = i8x16.sub(b, v128.load(EIGHTS));
        }
        putWide(o, a);
        putWide(o + 16, b);
      } else {
        v128.store(o, a);
        v128.store(o, b, 16);
      }
      if (kind == OFFSET) {
        s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, v128.load(ONES), s0);
        s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b, v128.load(ONES), s1);
      }
    }
    if (kind == OFFSET) {
      const factor = i32x4.splat(-offset);
      v128.store(wordsTo, i32x4.mul(s0, factor));
      v128.store(wordsTo, i32x4.mul(s1, factor), 16);
    }
    panel = next;
  }
}

/** Four lanes, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function scatter(out: usize, stride: usize, v: v128): void {
  v128.store32_lane(out, v, 0);
  v128.store32_lane(out + stride, v, 1);
  v128.store32_lane(out + 2 * stride, v, 2);
  v128.store32_lane(out + 3 * stride, v, 3);
}

/** One row of `K` activations into its place of a tile of `mr` rows: quants up to `most`, plus `offset`. */
// @ts-ignore: decorator
@inline
function packRow(kind: i32, x: usize, mr: i32, out: usize, K: i32, most: f32, offset: i32): void {
  const end = x + (usize(K) << 2);
  const stride = usize(mr) << 2;
  const step = usize(mr) * rowBlock(kind);
  for (; x < end; x += 128, out += step) {
    const largest = largestMagnitude(x);
    const inverse = f32x4.splat(inverseOf(largest, most));
    const d = largest / most;
    let low = sixteenBytes(x, inverse), high = sixteenBytes(x + 64, inverse);
    store<f32>(out, d);
    if (kind == STORED) store<i32>(out + stride, -offset * sumOf(low, high));
    if (kind == MINIMA) store<f32>(out + stride, d * f32(sumOf(low, high)));
    const q = out + 2 * stride;
    if (kind == WIDE) {
      scatter(q, stride, i16x8.extend_low_i8x16_s(low));
      scatter(q + 4 * stride, stride, i16x8.extend_high_i8x16_s(low));
      scatter(q + 8 * stride, stride, i16x8.extend_low_i8x16_s(high));
      scatter(q + 12 * stride, stride, i16x8.extend_high_i8x16_s(high));
    } else if (kind == SPLIT) {
      const zero = i32x4.splat(0);
      scatter(q, stride, i8x16.max_s(i8x16.sub(zero, low), zero));
      scatter(q + 4 * stride, stride, i8x16.max_s(i8x16.sub(zero, high), zero));
      scatter(q + 8 * stride, stride, i8x16.max_s(low, zero));
      scatter(q + 12 * stride, stride, i8x16.max_s(high, zero));
    } else {
      if (kind == OFFSET) {
        const shift = i8x16.splat(i8(offset));
        low = i8x16.add(low, shift);
        high = i8x16.add(high, shift);
      }
      scatter(q, stride, low);
      scatter(q + 4 * stride, stride, high);
    }
  }
}

/** First row of tile `t` of `M` rows, which are spread evenly over tiles of at most 6. */
// @ts-ignore: decorator
@inline
function firstRow(M: i32, t: i32): i32 {
  return firstOf(M, t, (M + 5) / 6);
}

// @ts-ignore: decorator
@inline
function groupBytes(format: i32, K: i32): usize {
  if (format == Q4_K) return usize(K >> 8) * Q4_K_GROUP;
  return usize(K >> 5) * (format == Q4_0 ? Q4_0_GROUP : Q8_0_GROUP);
}

/** Bytes of the panel and the sums of one thread. */
// @ts-ignore: decorator
@inline
function panelBytes(kind: i32, nr: usize, K: i32): usize {
  return usize(K >> 5) * panelBlock(kind, nr) + 24 * nr;
}

/** Where the activations are that a thread needs, which has column `column` of what is shared. */
// @ts-ignore: decorator
@inline
function activationsAt(kind: i32, nr: usize, work: usize, M: i32, K: i32, column: i32, threads: i32): usize {
  return work + usize(threads) * panelBytes(kind, nr, K) + usize(column * M) * usize(K >> 5) * rowBlock(kind);
}

/**
 * y[M,N] = Σ_K x[M,K] · w[N,K], row-major float32, of weights in `packed`: {@link packRows}, then {@link multiplyPacked}. `kind`,
 * `format` and `nr`, the weight rows of a panel, are constants at every call.
 * @param work for each thread a panel and 24 · nr bytes; then for each thread across, the activations of M rows
 * @param most largest magnitude of a quantised activation
 * @param offset of OFFSET, that of activations; of STORED, that of weights
 */
// @ts-ignore: decorator
@inline
export function multiply(
  kind: i32, format: i32, nr: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  packRows(kind, nr, x, work, M, K, across, most, offset, thread, threads);
  multiplyPacked(kind, format, nr, packed, work, y, M, N, K, across, offset, thread, threads);
}

/** Quantises the activations that this thread needs, into `work`: for every product of the same rows and kind, shared alike. */
// @ts-ignore: decorator
@inline
export function packRows(
  kind: i32, nr: usize, x: usize, work: usize, M: i32, K: i32, across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  const activations = activationsAt(kind, nr, work, M, K, thread % across, threads);
  const rowBytes = usize(K >> 5) * rowBlock(kind);
  const tiles = (M + 5) / 6;
  const down = threads / across;
  const t1 = firstOf(tiles, thread / across + 1, down);
  for (let t = firstOf(tiles, thread / across, down); t < t1; t++) {
    const first = firstRow(M, t);
    const mr = firstRow(M, t + 1) - first;
    for (let r = 0; r < mr; r++) {
      const to = activations + usize(first) * rowBytes + (usize(r) << 2);
      packRow(kind, x + usize(first + r) * (usize(K) << 2), mr, to, K, most, offset);
    }
  }
}

/**
 * The product of what {@link packRows} has left in `work`. Threads share the columns `across` at a time and the
 * rows otherwise (`across` divides `threads`): rows where there are enough of them, because what then is done twice is expanding
 * weights and not quantising activations, of which there is more to do. No thread waits for another.
 */
// @ts-ignore: decorator
@inline
export function multiplyPacked(
  kind: i32, format: i32, nr: usize, packed: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, offset: i32, thread: i32, threads: i32,
): void {
  const panel = work + usize(thread) * panelBytes(kind, nr, K);
  const sums = panel + panelBytes(kind, nr, K) - 24 * nr;
  const column = thread % across;
  const activations = activationsAt(kind, nr, work, M, K, column, threads);
  const tiles = (M + 5) / 6;
  const down = threads / across;
  const t0 = firstOf(tiles, thread / across, down);
  const t1 = firstOf(tiles, thread / across + 1, down);
  const groups = (N + 7) >> 3;
  const last = firstOf(groups, column + 1, across);
  let g = firstOf(groups, column, across);
  if (nr > 8) {
    for (; g + 1 < last; g += 2)
      panelTimesTiles(kind, format, 16, packed, g, panel, activations, y, M, N, K, offset, t0, t1, sums);
  }
  for (; g < last; g++) panelTimesTiles(kind, format, 8, packed, g, panel, activations, y, M, N, K, offset, t0, t1, sums);
}

/** The columns of y from group `g` on that a panel of nr weight rows gives, for the rows of tiles t0 to t1. */
// @ts-ignore: decorator
@inline
function panelTimesTiles(
  kind: i32, format: i32, nr: usize, packed: usize, g: i32, panel: usize, activations: usize, y: usize, M: i32, N: i32, K: i32,
  offset: i32, t0: i32, t1: i32, sums: usize,
): void {
  if (t0 >= t1) return;
  const blocks = K >> 5;
  const rowBytes = usize(blocks) * rowBlock(kind);
  const group = packed + usize(g) * groupBytes(format, K);
  expand(kind, format, nr, 0, group, panel, blocks, offset);
  if (nr > 8) expand(kind, format, nr, 1, group + groupBytes(format, K), panel, blocks, offset);
  const bytes = usize(min(i32(nr), N - 8 * g)) << 2;
  for (let t = t0; t < t1; t++) {
    const first = firstRow(M, t);
    const mr = firstRow(M, t + 1) - first;
    tileOf(kind, nr, mr, panel, activations + usize(first) * rowBytes, blocks, sums);
    let out = y + ((usize(first) * usize(N) + usize(8 * g)) << 2);
    for (let r = 0; r < mr; r++, out += usize(N) << 2) memory.copy(out, sums + usize(r) * 4 * nr, bytes);
  }
}
