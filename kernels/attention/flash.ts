import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { expNonPositive } from '../softmax/polynomial.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** Queries of a tile, a multiple of 4. */
export const QUERIES = 32;
/** Keys of a tile, a multiple of 4; 16 KiB of scores. */
export const KEYS = 64;

/** What one tile of queries needs, whatever S is: its scores with one tile of keys, and per query the state of the online softmax. */
export interface FlashSpace {
  /** `[QUERIES, keys]`: scores, then weights. */
  readonly scores: Float64Array;
  /** `[QUERIES, D]`: values weighted so far. */
  readonly sums: Float64Array;
  /** Highest score so far, and sum of the weights relative to it. */
  readonly highest: Float64Array;
  readonly total: Float64Array;
  readonly keys: number;
}

export function flashSpace(D: number, keys = KEYS): FlashSpace {
  return {
    scores: new Float64Array(QUERIES * keys),
    sums: new Float64Array(QUERIES * D),
    highest: new Float64Array(QUERIES),
    total: new Float64Array(QUERIES),
    keys,
  };
}

/**
 * Attention of head `h` for up to QUERIES queries from `t0`, over tiles of keys (Dao et al., "FlashAttention", 2022; loops in the order
 * of FlashAttention-2, 2023): when the highest score of a query rises, what it has summed so far is scaled down. Tiles beyond the last
 * query's own key are never visited, and need not divide anything.
 */
export function flashTile(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { T, S, H, G, D }: AttentionShape,
  h: number,
  t0: number,
  space: FlashSpace,
): void {
  const { scores, sums, highest, total, keys } = space;
  const queries = Math.min(QUERIES, T - t0);
  const group = Math.floor((h * G) / H) * D;
  /** Keys that the first query sees; each further one sees one more. */
  const seen = S - T + t0 + 1;
  const end = seen + queries - 1;
  sums.fill(0);
  highest.fill(Number.NEGATIVE_INFINITY);
  total.fill(0);
  for (let j0 = 0; j0 < end; j0 += keys) {
    const width = Math.min(keys, end - j0);
    for (let i = 0; i < queries; i += 4) {
      const wanted = Math.min(width, seen + Math.min(i + 3, queries - 1) - j0);
      for (let j = 0; j < wanted; j += 4)
        scoreTile(
          q,
          k,
          scores,
          D,
          H * D,
          G * D,
          (t0 * H + h) * D,
          queries,
          i,
          j0 * G * D + group,
          width,
          j,
          keys,
        );
      for (let r = i; r < Math.min(i + 4, queries); r++) {
        const visible = Math.min(width, seen + r - j0);
        if (visible > 0) soften(scores, sums, highest, total, r, keys, visible, D);
      }
      // Four queries share the values that all four see; what only some see, at the diagonal, each adds for itself.
      const common = i + 4 <= queries ? Math.max(0, Math.min(width, seen + i - j0)) : 0;
      addValues(v, scores, sums, j0 * G * D + group, G * D, D, i, keys, common);
      for (let r = i; r < Math.min(i + 4, queries); r++) {
        for (let j = common; j < Math.min(width, seen + r - j0); j++) {
          const weight = scores[r * keys + j]!;
          const value = (j0 + j) * G * D + group;
          for (let d = 0; d < D; d++) sums[r * D + d] = sums[r * D + d]! + weight * v[value + d]!;
        }
      }
    }
  }
  for (let r = 0; r < queries; r++) {
    const factor = 1 / total[r]!;
    const to = ((t0 + r) * H + h) * D;
    for (let d = 0; d < D; d++) out[to + d] = sums[r * D + d]! * factor;
  }
}

/**
 * 4 × 4 scores in registers: 16 multiply-adds for 8 loads. Rows and keys beyond the last repeat it, and their scores are not used.
 */
function scoreTile(
  q: Float32Array,
  k: Float32Array,
  scores: Float64Array,
  D: number,
  qStep: number,
  kStep: number,
  q0: number,
  queries: number,
  i: number,
  k0: number,
  width: number,
  j: number,
  stride: number,
): void {
  let a0 = q0 + i * qStep;
  let a1 = q0 + Math.min(i + 1, queries - 1) * qStep;
  let a2 = q0 + Math.min(i + 2, queries - 1) * qStep;
  let a3 = q0 + Math.min(i + 3, queries - 1) * qStep;
  let b0 = k0 + j * kStep;
  let b1 = k0 + Math.min(j + 1, width - 1) * kStep;
  let b2 = k0 + Math.min(j + 2, width - 1) * kStep;
  let b3 = k0 + Math.min(j + 3, width - 1) * kStep;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let d = 0; d < D; d++) {
    const x0 = k[b0++]!;
    const x1 = k[b1++]!;
    const x2 = k[b2++]!;
    const x3 = k[b3++]!;
    const y0 = q[a0++]!;
    s00 += y0 * x0;
    s01 += y0 * x1;
    s02 += y0 * x2;
    s03 += y0 * x3;
    const y1 = q[a1++]!;
    s10 += y1 * x0;
    s11 += y1 * x1;
    s12 += y1 * x2;
    s13 += y1 * x3;
    const y2 = q[a2++]!;
    s20 += y2 * x0;
    s21 += y2 * x1;
    s22 += y2 * x2;
    s23 += y2 * x3;
    const y3 = q[a3++]!;
    s30 += y3 * x0;
    s31 += y3 * x1;
    s32 += y3 * x2;
    s33 += y3 * x3;
  }
  const scale = 1 / Math.sqrt(D);
  let at = i * stride + j;
  scores[at] = s00 * scale;
  scores[at + 1] = s01 * scale;
  scores[at + 2] = s02 * scale;
  scores[at + 3] = s03 * scale;
  at += stride;
  scores[at] = s10 * scale;
  scores[at + 1] = s11 * scale;
  scores[at + 2] = s12 * scale;
  scores[at + 3] = s13 * scale;
  at += stride;
  scores[at] = s20 * scale;
  scores[at + 1] = s21 * scale;
  scores[at + 2] = s22 * scale;
  scores[at + 3] = s23 * scale;
  at += stride;
  scores[at] = s30 * scale;
  scores[at + 1] = s31 * scale;
  scores[at + 2] = s32 * scale;
  scores[at + 3] = s33 * scale;
}

/** One step of the online softmax of query `r`: its first `visible` scores of a tile become weights, and what it has is rescaled. */
function soften(
  scores: Float64Array,
  sums: Float64Array,
  highest: Float64Array,
  total: Float64Array,
  r: number,
  stride: number,
  visible: number,
  D: number,
): void {
  const from = r * stride;
  const to = from + visible;
  const before = highest[r]!;
  let max = before;
  for (let at = from; at < to; at++) {
    const score = scores[at]!;
    if (score > max) max = score;
  }
  // A first tile of only −Infinity: −∞ − −∞ would be NaN, and the next tile may have finite scores.
  const shift = max === Number.NEGATIVE_INFINITY ? 0 : max;
  let sum = 0;
  for (let at = from; at < to; at++) {
    const weight = expNonPositive(scores[at]! - shift);
    scores[at] = weight;
    sum += weight;
  }
  if (max > before) {
    const factor = expNonPositive(before - max);
    sum += total[r]! * factor;
    for (let at = r * D, end = at + D; at < end; at++) sums[at] = sums[at]! * factor;
    highest[r] = max;
  } else {
    sum += total[r]!;
  }
  total[r] = sum;
}

/** sums[i … i+3, D] += weights[i … i+3, n] · v[n, D], in tiles of 4 × 4. */
function addValues(
  v: Float32Array,
  weights: Float64Array,
  sums: Float64Array,
  v0: number,
  vStep: number,
  D: number,
  i: number,
  stride: number,
  n: number,
): void {
  const w0 = i * stride;
  const w1 = w0 + stride;
  const w2 = w1 + stride;
  const w3 = w2 + stride;
  const wide = D & ~3;
  for (let d = 0; d < wide; d += 4) {
    const at = i * D + d;
    let s00 = sums[at]!;
    let s01 = sums[at + 1]!;
    let s02 = sums[at + 2]!;
    let s03 = sums[at + 3]!;
    let s10 = sums[at + D]!;
    let s11 = sums[at + D + 1]!;
    let s12 = sums[at + D + 2]!;
    let s13 = sums[at + D + 3]!;
    let s20 = sums[at + 2 * D]!;
    let s21 = sums[at + 2 * D + 1]!;
    let s22 = sums[at + 2 * D + 2]!;
    let s23 = sums[at + 2 * D + 3]!;
    let s30 = sums[at + 3 * D]!;
    let s31 = sums[at + 3 * D + 1]!;
    let s32 = sums[at + 3 * D + 2]!;
    let s33 = sums[at + 3 * D + 3]!;
    for (let j = 0, value = v0 + d; j < n; j++, value += vStep) {
      const x0 = v[value]!;
      const x1 = v[value + 1]!;
      const x2 = v[value + 2]!;
      const x3 = v[value + 3]!;
      const y0 = weights[w0 + j]!;
      s00 += y0 * x0;
      s01 += y0 * x1;
      s02 += y0 * x2;
      s03 += y0 * x3;
      const y1 = weights[w1 + j]!;
      s10 += y1 * x0;
      s11 += y1 * x1;
      s12 += y1 * x2;
      s13 += y1 * x3;
      const y2 = weights[w2 + j]!;
      s20 += y2 * x0;
      s21 += y2 * x1;
      s22 += y2 * x2;
      s23 += y2 * x3;
      const y3 = weights[w3 + j]!;
      s30 += y3 * x0;
      s31 += y3 * x1;
      s32 += y3 * x2;
      s33 += y3 * x3;
    }
    sums[at] = s00;
    sums[at + 1] = s01;
    sums[at + 2] = s02;
    sums[at + 3] = s03;
    sums[at + D] = s10;
    sums[at + D + 1] = s11;
    sums[at + D + 2] = s12;
    sums[at + D + 3] = s13;
    sums[at + 2 * D] = s20;
    sums[at + 2 * D + 1] = s21;
    sums[at + 2 * D + 2] = s22;
    sums[at + 2 * D + 3] = s23;
    sums[at + 3 * D] = s30;
    sums[at + 3 * D + 1] = s31;
    sums[at + 3 * D + 2] = s32;
    sums[at + 3 * D + 3] = s33;
  }
  for (let d = wide; d < D; d++) {
    for (let r = i; r < i + 4; r++) {
      let sum = sums[r * D + d]!;
      for (let j = 0, value = v0 + d; j < n; j++, value += vStep) sum += weights[r * stride + j]! * v[value]!;
      sums[r * D + d] = sum;
    }
  }
}

/** All heads and queries. */
export function attentionFlash(
  input: AttentionInput,
  out: Float32Array,
  shape: AttentionShape,
  space: FlashSpace,
): void {
  for (let h = 0; h < shape.H; h++)
    for (let t = 0; t < shape.T; t += QUERIES) flashTile(input, out, shape, h, t, space);
}

export const flash = defineVariant<AttentionInput, AttentionShape>({
  name: 'flash',
  backend: 'js',
  idea: 'tiles of 32 queries and 64 keys with an online softmax: 4 × 4 sums in registers, and memory that does not grow with S',
  ledger: ['S3-13', 'S3-14', 'S3-17'],
  prepare(input, shape) {
    const space = flashSpace(shape.D);
    return jsVariant(shape.T * shape.H * shape.D, (out) => attentionFlash(input, out, shape, space));
  },
});
