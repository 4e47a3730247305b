/**
 * c = a · b in float32 for one thread (AssemblyScript): what the matrix kernels share. Row-major with any distance between
 * rows; nothing aliased; NaN and Infinity go where the sums take them. Blocking after Goto & van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008).
 */
import { firstOf } from './math.as';

/** Depth of a block: a panel of 8 columns of b is 8 KiB and stays in L1 while the rows of a pass by. */
const KC: i32 = 256;
/** Tiles of up to 6 rows in a block of a: 96 × KC floats are 96 KiB and stay in L2 while the panels of b pass by. */
const MC_TILES: i32 = 16;
/** Columns of a block of b: NC × KC floats are 512 KiB. */
const NC: i32 = 512;
/** Below this many rows packing b costs more than it saves: it would be read once. */
export const TILED_ROWS: i32 = 6;

/** The last vector of a packed tile may be stored whole. */
const A_BYTES: i32 = KC * 6 * MC_TILES * 4 + 64;
const B_BYTES: i32 = KC * NC * 4;
const EDGE_BYTES: i32 = 6 * 32;
/** Bytes of packing space for one thread: a block of a, a block of b, one tile. */
export const GEMM_BYTES: i32 = A_BYTES + B_BYTES + EDGE_BYTES;

// @ts-ignore: decorator
@inline
function put(c: usize, v0: v128, v1: v128, first: bool): void {
  if (!first) {
    v0 = f32x4.add(v0, v128.load(c));
    v1 = f32x4.add(v1, v128.load(c, 16));
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
}

/**
 * c[mr × 8] = (first ? 0 : c) + a · b over `kc` steps: mr floats of the packed a and 8 of b a step, the latter `bStep` bytes
 * apart. With `pack`, b is copied to the panel `out` on the way: the loads of unpacked b, which no prefetcher follows, then
 * overlap with multiply-adds, and a panel that meets one tile only costs no more than its stores.
 *
 * `mr` (3 to 6) and `pack` are constants at every call, so that each gets a loop of its own. Six rows by eight columns are 12
 * accumulators, two vectors of b and one of a: V8's 15 vector registers. From four rows on the latency of a multiply-add
 * (4 cycles × 2 units) is hidden. The sum of a block starts at 0, not at c: its rounding then grows with KC + K / KC and not
 * with K.
 */
// @ts-ignore: decorator
@inline
function tile(
  mr: i32, pack: bool, kc: i32, a: usize, b: usize, bStep: usize, c: usize, ldc: usize, first: bool, out: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  const end = a + usize(kc * mr * 4);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    if (pack) {
      v128.store(out, b0);
      v128.store(out, b1, 16);
      out += 32;
    }
    let v = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(v, b0, c00);
    c01 = f32x4.relaxed_madd(v, b1, c01);
    v = v128.load32_splat(a, 4);
    c10 = f32x4.relaxed_madd(v, b0, c10);
    c11 = f32x4.relaxed_madd(v, b1, c11);
    v = v128.load32_splat(a, 8);
    c20 = f32x4.relaxed_madd(v, b0, c20);
    c21 = f32x4.relaxed_madd(v, b1, c21);
    if (mr > 3) {
      v = v128.load32_splat(a, 12);
      c30 = f32x4.relaxed_madd(v, b0, c30);
      c31 = f32x4.relaxed_madd(v, b1, c31);
    }
    if (mr > 4) {
      v = v128.load32_splat(a, 16);
      c40 = f32x4.relaxed_madd(v, b0, c40);
      c41 = f32x4.relaxed_madd(v, b1, c41);
    }
    if (mr > 5) {
      v = v128.load32_splat(a, 20);
      c50 = f32x4.relaxed_madd(v, b0, c50);
      c51 = f32x4.relaxed_madd(v, b1, c51);
    }
    a += mr * 4;
    b += bStep;
  }
  put(c, c00, c01, first);
  put(c + ldc, c10, c11, first);
  put(c + 2 * ldc, c20, c21, first);
  if (mr > 3) put(c + 3 * ldc, c30, c31, first);
  if (mr > 4) put(c + 4 * ldc, c40, c41, first);
  if (mr > 5) put(c + 5 * ldc, c50, c51, first);
}

/** A tile of a packed panel. */
function tileOf(mr: i32, kc: i32, a: usize, panel: usize, c: usize, ldc: usize, first: bool): void {
  if (mr == 6) tile(6, false, kc, a, panel, 32, c, ldc, first, 0);
  else if (mr == 5) tile(5, false, kc, a, panel, 32, c, ldc, first, 0);
  else if (mr == 4) tile(4, false, kc, a, panel, 32, c, ldc, first, 0);
  else tile(3, false, kc, a, panel, 32, c, ldc, first, 0);
}

/** The first tile that meets 8 columns of b, which packs them. */
function packingTile(
  mr: i32, kc: i32, a: usize, b: usize, ldb: usize, c: usize, ldc: usize, first: bool, panel: usize,
): void {
  if (mr == 6) tile(6, true, kc, a, b, ldb, c, ldc, first, panel);
  else if (mr == 5) tile(5, true, kc, a, b, ldb, c, ldc, first, panel);
  else if (mr == 4) tile(4, true, kc, a, b, ldb, c, ldc, first, panel);
  else tile(3, true, kc, a, b, ldb, c, ldc, first, panel);
}

/** The last panel, of which only `nr` < 8 columns exist: computed aside, so that nothing beyond a row is written. */
function edgeTile(mr: i32, nr: i32, kc: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool, edge: usize): void {
  tileOf(mr, kc, a, b, edge, 32, true);
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const p = c + usize(i) * ldc + (usize(j) << 2);
      const v = load<f32>(edge + (usize(i) << 5) + (usize(j) << 2));
      store<f32>(p, first ? v : load<f32>(p) + v);
    }
  }
}

/**
 * `mr` rows of a (3 to 6), `kc` columns wide, stored column after column: four columns at a time through a transpose of
 * 4 × 4. Of three rows each column is stored as four, of which the next one overwrites the last.
 */
function packRows(a: usize, lda: usize, mr: i32, kc: i32, out: usize): void {
  const step = usize(mr) << 2;
  const r1 = a + lda;
  const r2 = r1 + lda;
  const r3 = mr > 3 ? r2 + lda : r2;
  const r4 = r3 + lda;
  const r5 = r4 + lda;
  const wide = usize(kc & ~3) << 2;
  let k: usize = 0;
  for (; k < wide; k += 16) {
    const v0 = v128.load(a + k);
    const v1 = v128.load(r1 + k);
    const v2 = v128.load(r2 + k);
    const v3 = v128.load(r3 + k);
    const low01 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(out + step, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(out + 2 * step, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(out + 3 * step, v128.shuffle<i64>(high01, high23, 1, 3));
    if (mr > 5) {
      const v4 = v128.load(r4 + k);
      const v5 = v128.load(r5 + k);
      const low = v128.shuffle<i32>(v4, v5, 0, 4, 1, 5);
      const high = v128.shuffle<i32>(v4, v5, 2, 6, 3, 7);
      v128.store64_lane(out, low, 0, 16);
      v128.store64_lane(out, low, 1, 40);
      v128.store64_lane(out, high, 0, 64);
      v128.store64_lane(out, high, 1, 88);
    } else if (mr > 4) {
      const v4 = v128.load(r4 + k);
      v128.store32_lane(out, v4, 0, 16);
      v128.store32_lane(out, v4, 1, 36);
      v128.store32_lane(out, v4, 2, 56);
      v128.store32_lane(out, v4, 3, 76);
    }
    out += 4 * step;
  }
  for (const end = usize(kc) << 2; k < end; k += 4) {
    for (let i = 0; i < mr; i++) store<f32>(out + (usize(i) << 2), load<f32>(a + usize(i) * lda + k));
    out += step;
  }
}

/** The last `nr` < 8 columns of b, `kc` deep, as a panel filled up with zeros. */
function packEdge(b: usize, ldb: usize, kc: i32, nr: i32, panel: usize): void {
  const end = panel + (usize(kc) << 5);
  while (panel < end) {
    memory.fill(panel, 0, 32);
    memory.copy(panel, b, usize(nr) << 2);
    b += ldb;
    panel += 32;
  }
}

/** First row of tile `t`: rows are spread evenly over tiles of at most 6; of three rows and more no tile gets fewer than 3. */
// @ts-ignore: decorator
@inline
export function firstRow(M: i32, t: i32): i32 {
  return firstOf(M, t, (M + 5) / 6);
}

/**
 * c[M,N] = a[M,K] · b[K,N] by packed panels and tiles of 6 × 8; M at least 3. `lda`, `ldb` and `ldc` are bytes from row to
 * row. An element is summed in the same order whatever rectangle of a larger product this is.
 * @param work GEMM_BYTES
 */
export function tiled(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32, work: usize,
): void {
  const packedB = work + A_BYTES;
  const edge = packedB + B_BYTES;
  const tiles = (M + 5) / 6;
  // Blocks of equal depth: 257 is 128 + 129, and not 256 + 1.
  const blocks = (K + KC - 1) / KC;
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc);
    for (let block = 0; block < blocks; block++) {
      const k = firstOf(K, block, blocks);
      const kc = firstOf(K, block + 1, blocks) - k;
      for (let tc = 0; tc < tiles; tc += MC_TILES) {
        const last = min(tc + MC_TILES, tiles);
        const ic = firstRow(M, tc);
        for (let t = tc, i = ic; t < last; t++) {
          const next = firstRow(M, t + 1);
          const to = work + usize(i - ic) * (usize(kc) << 2);
          packRows(a + usize(i) * lda + (usize(k) << 2), lda, next - i, kc, to);
          i = next;
        }
        let panel = packedB;
        for (let j = jc; j < jc + nc; j += 8) {
          const nr = N - j;
          const from = b + usize(k) * ldb + (usize(j) << 2);
          if (nr < 8 && tc == 0) packEdge(from, ldb, kc, nr, panel);
          for (let t = tc, i = ic; t < last; t++) {
            const next = firstRow(M, t + 1);
            const mr = next - i;
            const rows = work + usize(i - ic) * (usize(kc) << 2);
            const to = c + usize(i) * ldc + (usize(j) << 2);
            if (nr < 8) edgeTile(mr, nr, kc, rows, panel, to, ldc, block == 0, edge);
            else if (t == 0) packingTile(mr, kc, rows, from, ldb, to, ldc, block == 0, panel);
            else tileOf(mr, kc, rows, panel, to, ldc, block == 0);
            i = next;
          }
          panel += usize(kc) << 5;
        }
      }
    }
  }
}

/**
 * The same for few rows, M at least 1: four rows of b at a time are added to each row of c, which stays in cache. b is read
 * once, in order, and not packed; strips of NC columns keep the four rows in L1 for all rows of a.
 */
export function streamed(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32,
): void {
  for (let jc = 0; jc < N; jc += NC) {
    const strip = usize(min(NC, N - jc)) << 2;
    const offset = usize(jc) << 2;
    for (let i = 0; i < M; i++) memory.fill(c + usize(i) * ldc + offset, 0, strip);
    let k = 0;
    for (; k + 4 <= K; k += 4) {
      const rows = b + usize(k) * ldb + offset;
      let i = 0;
      for (; i + 2 <= M; i += 2) {
        addFourToTwo(a + usize(i) * lda + (usize(k) << 2), lda, rows, ldb, c + usize(i) * ldc + offset, ldc, strip);
      }
      if (i < M) addFour(a + usize(i) * lda + (usize(k) << 2), rows, ldb, c + usize(i) * ldc + offset, strip);
    }
    for (; k < K; k++) {
      const row = b + usize(k) * ldb + offset;
      for (let i = 0; i < M; i++) {
        const v = load<f32>(a + usize(i) * lda + (usize(k) << 2));
        const out = c + usize(i) * ldc + offset;
        for (let p: usize = 0; p < strip; p += 4) store<f32>(out + p, load<f32>(out + p) + v * load<f32>(row + p));
      }
    }
  }
}

/** c += a[0] · b0 + a[1] · b1 + a[2] · b2 + a[3] · b3, `bytes` long; the rows b0 to b3 are `ldb` bytes apart. */
function addFour(a: usize, b0: usize, ldb: usize, c: usize, bytes: usize): void {
  const a0 = v128.load32_splat(a);
  const a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8);
  const a3 = v128.load32_splat(a, 12);
  let b1 = b0 + ldb;
  let b2 = b1 + ldb;
  let b3 = b2 + ldb;
  const end = c + bytes;
  while (c + 32 <= end) {
    let v = f32x4.relaxed_madd(a0, v128.load(b0), v128.load(c));
    let w = f32x4.relaxed_madd(a0, v128.load(b0, 16), v128.load(c, 16));
    v = f32x4.relaxed_madd(a1, v128.load(b1), v);
    w = f32x4.relaxed_madd(a1, v128.load(b1, 16), w);
    v = f32x4.relaxed_madd(a2, v128.load(b2), v);
    w = f32x4.relaxed_madd(a2, v128.load(b2, 16), w);
    v128.store(c, f32x4.relaxed_madd(a3, v128.load(b3), v));
    v128.store(c, f32x4.relaxed_madd(a3, v128.load(b3, 16), w), 16);
    b0 += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
    c += 32;
  }
  for (; c < end; c += 4) {
    store<f32>(c, load<f32>(c) + fourProducts(a, b0, b1, b2, b3));
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
}

/** The same for two rows of c at once: each vector of b is loaded for both. */
function addFourToTwo(a: usize, lda: usize, b0: usize, ldb: usize, c: usize, ldc: usize, bytes: usize): void {
  const e = a + lda;
  const a0 = v128.load32_splat(a);
  const a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8);
  const a3 = v128.load32_splat(a, 12);
  const e0 = v128.load32_splat(e);
  const e1 = v128.load32_splat(e, 4);
  const e2 = v128.load32_splat(e, 8);
  const e3 = v128.load32_splat(e, 12);
  let b1 = b0 + ldb;
  let b2 = b1 + ldb;
  let b3 = b2 + ldb;
  let d = c + ldc;
  const end = c + bytes;
  while (c + 16 <= end) {
    let b = v128.load(b0);
    let v = f32x4.relaxed_madd(a0, b, v128.load(c));
    let w = f32x4.relaxed_madd(e0, b, v128.load(d));
    b = v128.load(b1);
    v = f32x4.relaxed_madd(a1, b, v);
    w = f32x4.relaxed_madd(e1, b, w);
    b = v128.load(b2);
    v = f32x4.relaxed_madd(a2, b, v);
    w = f32x4.relaxed_madd(e2, b, w);
    b = v128.load(b3);
    v128.store(c, f32x4.relaxed_madd(a3, b, v));
    v128.store(d, f32x4.relaxed_madd(e3, b, w));
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    c += 16;
    d += 16;
  }
  for (; c < end; c += 4) {
    store<f32>(c, load<f32>(c) + fourProducts(a, b0, b1, b2, b3));
    store<f32>(d, load<f32>(d) + fourProducts(e, b0, b1, b2, b3));
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
    d += 4;
  }
}

// @ts-ignore: decorator
@inline
function fourProducts(a: usize, b0: usize, b1: usize, b2: usize, b3: usize): f32 {
  const sum = load<f32>(a) * load<f32>(b0) + load<f32>(a, 4) * load<f32>(b1);
  return sum + (load<f32>(a, 8) * load<f32>(b2) + load<f32>(a, 12) * load<f32>(b3));
}

/** c[M,N] = a[M,K] · b[K,N] by the better of the two; `work`: GEMM_BYTES. */
export function gemm(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32, work: usize,
): void {
  if (M < TILED_ROWS) streamed(a, lda, b, ldb, c, ldc, M, N, K);
  else tiled(a, lda, b, ldb, c, ldc, M, N, K, work);
}

/**
 * In how many parts to cut the columns: the grid of threads whose largest rectangle of `tiles` × `panels` takes least. In
 * steps of a tile: one for each pair, about 1/2 to pack a panel and 1 to pack a tile's rows. In float64:
 * the product overflows an i32.
 */
export function columnParts(tiles: i32, panels: i32, threads: i32): i32 {
  let best = 1;
  let least = f64.MAX_VALUE;
  for (let across = 1; across <= threads; across++) {
    if (threads % across) continue;
    const high = ceil(f64(tiles) / f64(threads / across));
    const wide = ceil(f64(panels) / f64(across));
    const cost = high * wide + 0.5 * wide + high;
    if (cost < least) {
      least = cost;
      best = across;
    }
  }
  return best;
}
