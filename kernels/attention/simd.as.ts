import { LOWEST, soften } from '../lib/softmax.as';

/** Queries of a tile: 6 × 8 sums are 12 accumulators, which with two vectors of b and one of a are V8's 15 registers. */
const ROWS: i32 = 6;
/** Keys of a block: a tile's scores with it are 6 KiB, and its keys and values at D = 64 are 128 KiB. */
const KEYS: i32 = 256;
/** Bytes from one row of queries, or of scores, to the next: a constant, so that one pointer walks down all six. */
const STRIDE: usize = 1024;
/** Bytes of a panel of 8 columns of a tile's sums. */
const PANEL: usize = 192;
const LOG2E: f32 = 1.44269504;

// @ts-ignore: decorator
@inline
function groups(n: i32): i32 {
  return (n + 7) / 8;
}

/** Bytes of working space for one thread: keys and values of one head as panels; queries, scores, sums and state of one tile. */
export function workBytes(S: i32, D: i32): i32 {
  return groups(S) * 32 * D + groups(D) * 32 * S + 2 * 6144 + groups(D) * 192 + 6 * 32;
}

// @ts-ignore: decorator
@inline
function put(c: usize, v0: v128, v1: v128, scale: usize): void {
  if (scale) {
    const f = v128.load(scale);
    v0 = f32x4.relaxed_madd(f, v128.load(c), v0);
    v1 = f32x4.relaxed_madd(f, v128.load(c, 16), v1);
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
}

/**
 * The 6 × 8 sums of `steps` products: element (r, c) of the result is Σ a[r][i] · b[i][c]. Rows of a are STRIDE apart, a step of b is 32
 * bytes, and rows of c are `ldc` apart. With `scales` (not 0 at all or at one of the calls), c times the row's factor is added, last of all:
 * the rounding of sums then grows with the keys of a block and the number of blocks, not with all keys.
 */
// @ts-ignore: decorator
@inline
function tile(steps: i32, a: usize, b: usize, c: usize, ldc: usize, scales: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  const end = b + (usize(steps) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let v = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(v, b0, c00);
    c01 = f32x4.relaxed_madd(v, b1, c01);
    v = v128.load32_splat(a, 1024);
    c10 = f32x4.relaxed_madd(v, b0, c10);
    c11 = f32x4.relaxed_madd(v, b1, c11);
    v = v128.load32_splat(a, 2048);
    c20 = f32x4.relaxed_madd(v, b0, c20);
    c21 = f32x4.relaxed_madd(v, b1, c21);
    v = v128.load32_splat(a, 3072);
    c30 = f32x4.relaxed_madd(v, b0, c30);
    c31 = f32x4.relaxed_madd(v, b1, c31);
    v = v128.load32_splat(a, 4096);
    c40 = f32x4.relaxed_madd(v, b0, c40);
    c41 = f32x4.relaxed_madd(v, b1, c41);
    v = v128.load32_splat(a, 5120);
    c50 = f32x4.relaxed_madd(v, b0, c50);
    c51 = f32x4.relaxed_madd(v, b1, c51);
    a += 4;
    b += 32;
  }
  put(c, c00, c01, scales);
  put(c + ldc, c10, c11, scales ? scales + 16 : 0);
  put(c + 2 * ldc, c20, c21, scales ? scales + 32 : 0);
  put(c + 3 * ldc, c30, c31, scales ? scales + 48 : 0);
  put(c + 4 * ldc, c40, c41, scales ? scales + 64 : 0);
  put(c + 5 * ldc, c50, c51, scales ? scales + 80 : 0);
}

/** 6 × 8 scores. */
function scoreTile(D: i32, queries: usize, keys: usize, scores: usize): void {
  tile(D, queries, keys, scores, STRIDE, 0);
}

/** 6 × 8 sums: what they were, times their rows' factors, plus weights times values. */
function valueTile(n: i32, weights: usize, values: usize, sums: usize, factors: usize): void {
  tile(n, weights, values, sums, 32, factors);
}

/** Keys of one head, each 8 of them as a panel `[D][8]`; keys beyond the last are 0. */
function packKeys(k: usize, step: usize, S: i32, D: i32, out: usize): void {
  for (let j = 0; j < S; j += 8) {
    if (j + 8 > S) memory.fill(out, 0, usize(D) << 5);
    const n = min(8, S - j);
    let i = 0;
    for (; i + 4 <= n; i += 4) {
      let p0 = k + usize(j + i) * step, p1 = p0 + step, p2 = p1 + step, p3 = p2 + step;
      let to = out + (usize(i) << 2);
      let d = 0;
      for (; d + 4 <= D; d += 4) {
        const a0 = v128.load(p0), a1 = v128.load(p1), a2 = v128.load(p2), a3 = v128.load(p3);
        const b0 = i8x16.shuffle(a0, a1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
        const b1 = i8x16.shuffle(a0, a1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
        const b2 = i8x16.shuffle(a2, a3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
        const b3 = i8x16.shuffle(a2, a3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
        v128.store(to, i8x16.shuffle(b0, b2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        v128.store(to, i8x16.shuffle(b0, b2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 32);
        v128.store(to, i8x16.shuffle(b1, b3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 64);
        v128.store(to, i8x16.shuffle(b1, b3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 96);
        p0 += 16;
        p1 += 16;
        p2 += 16;
        p3 += 16;
        to += 128;
      }
      for (; d < D; d++) {
        store<f32>(to, load<f32>(p0));
        store<f32>(to, load<f32>(p1), 4);
        store<f32>(to, load<f32>(p2), 8);
        store<f32>(to, load<f32>(p3), 12);
        p0 += 4;
        p1 += 4;
        p2 += 4;
        p3 += 4;
        to += 32;
      }
    }
    for (; i < n; i++) {
      const p = k + usize(j + i) * step;
      const to = out + (usize(i) << 2);
      for (let d = 0; d < D; d++) store<f32>(to + (usize(d) << 5), load<f32>(p + (usize(d) << 2)));
    }
    out += usize(D) << 5;
  }
}

/** Values of one head as panels `[S][8]` of 8 elements; elements beyond the last are 0. */
function packValues(v: usize, step: usize, S: i32, D: i32, out: usize): void {
  for (let d = 0; d < D; d += 8) {
    let p = v + (usize(d) << 2);
    const end = out + (usize(S) << 5);
    if (d + 8 <= D) {
      for (; out < end; out += 32, p += step) {
        v128.store(out, v128.load(p));
        v128.store(out, v128.load(p, 16), 16);
      }
    } else {
      const bytes = usize(D - d) << 2;
      for (; out < end; out += 32, p += step) {
        memory.fill(out, 0, 32);
        memory.copy(out, p, bytes);
      }
    }
  }
}

/** `rows` ≤ 6 queries times `factor`, STRIDE apart; rows beyond the last are 0. */
function packQueries(q: usize, step: usize, rows: i32, D: i32, factor: f32, out: usize): void {
  const f = f32x4.splat(factor);
  for (let r = 0; r < ROWS; r++) {
    if (r >= rows) {
      memory.fill(out, 0, usize(D) << 2);
    } else {
      let p = q + usize(r) * step;
      const end = p + (usize(D) << 2);
      let to = out;
      for (; p + 16 <= end; p += 16, to += 16) v128.store(to, f32x4.mul(v128.load(p), f));
      for (; p < end; p += 4, to += 4) store<f32>(to, load<f32>(p) * factor);
    }
    out += STRIDE;
  }
}

/** sums += weight · values of one key, 8 elements a panel. */
function addValue(weight: f32, values: usize, valuePanel: usize, sums: usize, end: usize): void {
  const w = f32x4.splat(weight);
  for (; sums < end; sums += PANEL, values += valuePanel) {
    v128.store(sums, f32x4.relaxed_madd(w, v128.load(values), v128.load(sums)));
    v128.store(sums, f32x4.relaxed_madd(w, v128.load(values, 16), v128.load(sums, 16)), 16);
  }
}

/**
 * Up to 6 queries of one head over all keys that they see, block by block (Dao et al., "FlashAttention", 2022).
 * @param seen keys that the first query sees; each further one sees one more
 * @param keys packed by packKeys; `values` by packValues
 * @param space queries, scores, sums, factors and state of the tile
 */
function queryTile(
  q: usize, out: usize, step: usize, rows: i32, seen: i32, S: i32, D: i32, keys: usize, values: usize, space: usize,
): void {
  const panels = groups(D);
  const scores = space + 6144;
  const sums = scores + 6144;
  const sumsEnd = sums + usize(panels) * PANEL;
  const factors = sumsEnd;
  const states = factors + 96;
  const valuePanel = usize(S) << 5;
  packQueries(q, step, rows, D, LOG2E / sqrt<f32>(f32(D)), space);
  memory.fill(sums, 0, usize(panels) * PANEL);
  for (let r = 0; r < ROWS; r++) {
    store<f32>(states + usize(r) * 16, LOWEST);
    store<f32>(states + usize(r) * 16, 0, 4);
  }
  const last = seen + rows - 1;
  for (let j0 = 0; j0 < last; j0 += KEYS) {
    const n = min(KEYS, last - j0);
    const common = max(0, min(n, seen - j0));
    let panel = keys + usize(j0) * (usize(D) << 2);
    const scoresEnd = scores + (usize(n) << 2);
    for (let s = scores; s < scoresEnd; s += 32) {
      scoreTile(D, space, panel, s);
      panel += usize(D) << 5;
    }
    // Hidden scores, and those that fill up the last vectors.
    const bytes = (usize(n) * 4 + 63) & ~63;
    for (let r = 0; r < ROWS; r++) {
      const row = scores + usize(r) * STRIDE;
      for (let p = row + (usize(min(n, max(0, seen + r - j0))) << 2); p < row + bytes; p += 4) store<f32>(p, -Infinity);
      soften(row, bytes, factors + usize(r) * 16, states + usize(r) * 16);
    }
    let to = sums;
    let from = values + (usize(j0) << 5);
    for (; to < sumsEnd; to += PANEL, from += valuePanel) valueTile(common, scores, from, to, factors);
    // At the diagonal each query adds for itself what only it and later ones see: 0 · NaN would be NaN.
    for (let r = 1; r < rows; r++) {
      const visible = min(n, seen + r - j0);
      for (let j = common; j < visible; j++) {
        const weight = load<f32>(scores + usize(r) * STRIDE + (usize(j) << 2));
        addValue(weight, values + (usize(j0 + j) << 5), valuePanel, sums + usize(r) * 32, sumsEnd);
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    const state = states + usize(r) * 16;
    // No score above −Infinity: no weights either.
    const factor: f32 = load<f32>(state) > LOWEST ? 1 / load<f32>(state, 4) : NaN;
    const f = f32x4.splat(factor);
    let p = out + usize(r) * step;
    const end = p + (usize(D) << 2);
    let from = sums + usize(r) * 32;
    for (; p + 32 <= end; p += 32, from += PANEL) {
      v128.store(p, f32x4.mul(v128.load(from), f));
      v128.store(p, f32x4.mul(v128.load(from, 16), f), 16);
    }
    for (; p < end; p += 4, from += 4) store<f32>(p, load<f32>(from) * factor);
  }
}

/** Steps of the first `n` tiles of a head whose first query sees `cached` keys before its own; 32 are what a tile costs anyhow. */
// @ts-ignore: decorator
@inline
function cost(n: i32, cached: i32): f64 {
  return f64(n) * f64(cached + 32 + 3 * (n + 1));
}

/** First tile, counted through all heads, of part `part`: parts of equal cost, as later tiles see more keys. */
function firstTile(tiles: i32, H: i32, cached: i32, part: i32, parts: i32): i32 {
  const head = cost(tiles, cached);
  const target = (f64(H) * head * f64(part)) / f64(parts);
  const h = i32(target / head);
  let n = 0;
  while (n < tiles && cost(n + 1, cached) <= target - f64(h) * head) n++;
  return h * tiles + n;
}

/**
 * out[T,H,D] = causal attention of q[T,H,D] over k[S,G,D] and v[S,G,D], row-major float32, nothing aliased, D at most 256. Each thread
 * packs the keys and values of the heads that it has for itself.
 * @param work workBytes(S, D) for every thread
 */
export function attention(
  q: usize, k: usize, v: usize, out: usize, T: i32, S: i32, H: i32, G: i32, D: i32, work: usize, thread: i32, threads: i32,
): void {
  const tiles = (T + ROWS - 1) / ROWS;
  const to = firstTile(tiles, H, S - T, thread + 1, threads);
  const queryStep = usize(H * D) << 2;
  const keyStep = usize(G * D) << 2;
  const keys = work + usize(thread) * workBytes(S, D);
  const values = keys + usize(groups(S)) * (usize(D) << 5);
  const space = values + usize(groups(D)) * (usize(S) << 5);
  let packed = -1;
  for (let unit = firstTile(tiles, H, S - T, thread, threads); unit < to; unit++) {
    const h = unit / tiles;
    const t = (unit - h * tiles) * ROWS;
    const group = (h * G) / H;
    if (group != packed) {
      packKeys(k + (usize(group * D) << 2), keyStep, S, D, keys);
      packValues(v + (usize(group * D) << 2), keyStep, S, D, values);
      packed = group;
    }
    const offset = (usize(t) * usize(H) + usize(h)) * (usize(D) << 2);
    queryTile(q + offset, out + offset, queryStep, min(ROWS, T - t), S - T + t + 1, S, D, keys, values, space);
  }
}
