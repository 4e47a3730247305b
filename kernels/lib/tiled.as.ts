/**
 * c = a · b in float32 for one thread, by packed panels (AssemblyScript). Row-major with any distance between rows; nothing
 * aliased; NaN and Infinity go where the sums take them. Blocking after Goto & van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008).
 */
import { madd } from './madd.as';
import { firstOf } from './math.as';
import { packColumns, packRows } from './pack.as';

/** Depth of a block: a panel of 8 columns of b is 12 KiB and stays in L1 while the rows of a pass by. */
const KC: i32 = 384;
/** Tiles of up to 6 rows in a block of a: 96 × KC floats are 144 KiB and stay in L2 while the panels of b pass by. */
const MC_TILES: i32 = 16;
/**
 * Columns of a block of b: NC × KC floats are 2.3 MiB, for L3, where panels are read in order; the rows of a are packed again for
 * each block, which costs more.
 */
const NC: i32 = 1536;

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
function tile<F>(
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
    c00 = madd<F>(v, b0, c00);
    c01 = madd<F>(v, b1, c01);
    v = v128.load32_splat(a, 4);
    c10 = madd<F>(v, b0, c10);
    c11 = madd<F>(v, b1, c11);
    v = v128.load32_splat(a, 8);
    c20 = madd<F>(v, b0, c20);
    c21 = madd<F>(v, b1, c21);
    if (mr > 3) {
      v = v128.load32_splat(a, 12);
      c30 = madd<F>(v, b0, c30);
      c31 = madd<F>(v, b1, c31);
    }
    if (mr > 4) {
      v = v128.load32_splat(a, 16);
      c40 = madd<F>(v, b0, c40);
      c41 = madd<F>(v, b1, c41);
    }
    if (mr > 5) {
      v = v128.load32_splat(a, 20);
      c50 = madd<F>(v, b0, c50);
      c51 = madd<F>(v, b1, c51);
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
function tileOf<F>(mr: i32, kc: i32, a: usize, panel: usize, c: usize, ldc: usize, first: bool): void {
  if (mr == 6) tile<F>(6, false, kc, a, panel, 32, c, ldc, first, 0);
  else if (mr == 5) tile<F>(5, false, kc, a, panel, 32, c, ldc, first, 0);
  else if (mr == 4) tile<F>(4, false, kc, a, panel, 32, c, ldc, first, 0);
  else tile<F>(3, false, kc, a, panel, 32, c, ldc, first, 0);
}

/** The first tile that meets 8 columns of b, which packs them. */
function packingTile<F>(
  mr: i32, kc: i32, a: usize, b: usize, ldb: usize, c: usize, ldc: usize, first: bool, panel: usize,
): void {
  if (mr == 6) tile<F>(6, true, kc, a, b, ldb, c, ldc, first, panel);
  else if (mr == 5) tile<F>(5, true, kc, a, b, ldb, c, ldc, first, panel);
  else if (mr == 4) tile<F>(4, true, kc, a, b, ldb, c, ldc, first, panel);
  else tile<F>(3, true, kc, a, b, ldb, c, ldc, first, panel);
}

/** The last panel, of which only `nr` < 8 columns exist: computed aside, so that nothing beyond a row is written. */
function edgeTile<F>(mr: i32, nr: i32, kc: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool, edge: usize): void {
  tileOf<F>(mr, kc, a, b, edge, 32, true);
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const p = c + usize(i) * ldc + (usize(j) << 2);
      const v = load<f32>(edge + (usize(i) << 5) + (usize(j) << 2));
      store<f32>(p, first ? v : load<f32>(p) + v);
    }
  }
}

/** Tiles of at most 6 rows; of 5 where a product needs a register of its own before it is added. */
// @ts-ignore: decorator
@inline
export function tilesOf<F>(M: i32): i32 {
  return isFloat<F>() ? (M + 4) / 5 : (M + 5) / 6;
}

/** First row of tile `t`: rows are spread evenly over the tiles; of three rows and more no tile gets fewer than 3. */
// @ts-ignore: decorator
@inline
export function firstRow<F>(M: i32, t: i32): i32 {
  const tiles = tilesOf<F>(M);
  return t * (M / tiles) + min(t, M % tiles);
}

/**
 * c[M,N] = a[M,K] · b[K,N], or c + that with `add`, by packed panels and tiles of 6 × 8; M at least 3. `lda`, `ldb` and
 * `ldc` are bytes from row to row. An element is summed in the same order whatever rectangle of a larger product this is.
 * @param work GEMM_BYTES
 */
export function tiled<F>(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32,
  add: bool, work: usize,
): void {
  const packedB = work + A_BYTES;
  const edge = packedB + B_BYTES;
  const tiles = tilesOf<F>(M);
  // Rows of a tile; the first `larger` have one more.
  const least = M / tiles;
  const larger = M % tiles;
  // Blocks of equal depth: 257 is 128 + 129, and not 256 + 1.
  const blocks = (K + KC - 1) / KC;
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc);
    for (let block = 0; block < blocks; block++) {
      const k = firstOf(K, block, blocks);
      const kc = firstOf(K, block + 1, blocks) - k;
      const first = block == 0 && !add;
      for (let tc = 0; tc < tiles; tc += MC_TILES) {
        const last = min(tc + MC_TILES, tiles);
        const ic = firstRow<F>(M, tc);
        for (let t = tc, i = ic; t < last; t++) {
          const mr = least + i32(t < larger);
          packRows(a + usize(i) * lda + (usize(k) << 2), lda, mr, kc, work + usize(i - ic) * (usize(kc) << 2));
          i += mr;
        }
        let panel = packedB;
        for (let j = jc; j < jc + nc; j += 8) {
          const nr = N - j;
          const from = b + usize(k) * ldb + (usize(j) << 2);
          if (nr < 8 && tc == 0) packColumns(from, ldb, kc, nr, panel, 32);
          for (let t = tc, i = ic; t < last; t++) {
            const mr = least + i32(t < larger);
            const rows = work + usize(i - ic) * (usize(kc) << 2);
            const to = c + usize(i) * ldc + (usize(j) << 2);
            if (nr < 8) edgeTile<F>(mr, nr, kc, rows, panel, to, ldc, first, edge);
            else if (t == 0) packingTile<F>(mr, kc, rows, from, ldb, to, ldc, first, panel);
            else tileOf<F>(mr, kc, rows, panel, to, ldc, first);
            i += mr;
          }
          panel += usize(kc) << 5;
        }
      }
    }
  }
}
