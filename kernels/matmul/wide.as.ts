import { columnParts, TILED_ROWS } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';
import { firstOf } from '../lib/math.as';
import { packColumns, packLines, packRows } from '../lib/pack.as';
import { streamed } from '../lib/streamed.as';
import { firstRow, tilesOf } from '../lib/tiled.as';

/** Depth of a block: a panel of 16 columns of b is 24 KiB and stays in L1 while the rows of a pass by. */
const KC: i32 = 384;
/** Tiles of up to 6 rows in a block of a. */
const MC_TILES: i32 = 16;
/**
 * Columns of a block of b: NC × KC floats are 2.3 MiB, for L3, where panels are read in order; the rows of a are packed again for
 * each block, which costs more.
 */
const NC: i32 = 1536;

const A_BYTES: i32 = KC * 6 * MC_TILES * 4 + 64;
const B_BYTES: i32 = KC * NC * 4;
const EDGE_BYTES: i32 = 6 * 64;
/** Bytes of packing space for one thread: a block of a, a block of b, one tile. */
export const WORK_BYTES: i32 = A_BYTES + B_BYTES + EDGE_BYTES;

/** V8 pairs vectors that are stored side by side, and what they are computed from. */
// @ts-ignore: decorator
@inline
function put(c: usize, v0: v128, v1: v128, v2: v128, v3: v128, first: bool): void {
  if (!first) {
    v0 = f32x4.add(v0, v128.load(c));
    v1 = f32x4.add(v1, v128.load(c, 16));
    v2 = f32x4.add(v2, v128.load(c, 32));
    v3 = f32x4.add(v3, v128.load(c, 48));
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
  v128.store(c, v2, 32);
  v128.store(c, v3, 48);
}

/**
 * c[mr × 16] = (first ? 0 : c) + a · b over `kc` steps. Of 128-bit vectors these are 24 sums, which spill; of 256-bit ones 12,
 * two of b and one of a, which fit V8's 15 registers. `mr` (3 to 6) is a constant at every call.
 */
// @ts-ignore: decorator
@inline
function tile(mr: i32, kc: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  let c20 = c00, c21 = c00, c22 = c00, c23 = c00, c30 = c00, c31 = c00, c32 = c00, c33 = c00;
  let c40 = c00, c41 = c00, c42 = c00, c43 = c00, c50 = c00, c51 = c00, c52 = c00, c53 = c00;
  const end = b + (usize(kc) << 6);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let v = v128.load32_splat(a);
    c00 = f32x4.relaxed_madd(v, b0, c00);
    c01 = f32x4.relaxed_madd(v, b1, c01);
    c02 = f32x4.relaxed_madd(v, b2, c02);
    c03 = f32x4.relaxed_madd(v, b3, c03);
    v = v128.load32_splat(a, 4);
    c10 = f32x4.relaxed_madd(v, b0, c10);
    c11 = f32x4.relaxed_madd(v, b1, c11);
    c12 = f32x4.relaxed_madd(v, b2, c12);
    c13 = f32x4.relaxed_madd(v, b3, c13);
    v = v128.load32_splat(a, 8);
    c20 = f32x4.relaxed_madd(v, b0, c20);
    c21 = f32x4.relaxed_madd(v, b1, c21);
    c22 = f32x4.relaxed_madd(v, b2, c22);
    c23 = f32x4.relaxed_madd(v, b3, c23);
    if (mr > 3) {
      v = v128.load32_splat(a, 12);
      c30 = f32x4.relaxed_madd(v, b0, c30);
      c31 = f32x4.relaxed_madd(v, b1, c31);
      c32 = f32x4.relaxed_madd(v, b2, c32);
      c33 = f32x4.relaxed_madd(v, b3, c33);
    }
    if (mr > 4) {
      v = v128.load32_splat(a, 16);
      c40 = f32x4.relaxed_madd(v, b0, c40);
      c41 = f32x4.relaxed_madd(v, b1, c41);
      c42 = f32x4.relaxed_madd(v, b2, c42);
      c43 = f32x4.relaxed_madd(v, b3, c43);
    }
    if (mr > 5) {
      v = v128.load32_splat(a, 20);
      c50 = f32x4.relaxed_madd(v, b0, c50);
      c51 = f32x4.relaxed_madd(v, b1, c51);
      c52 = f32x4.relaxed_madd(v, b2, c52);
      c53 = f32x4.relaxed_madd(v, b3, c53);
    }
    a += mr * 4;
    b += 64;
  }
  put(c, c00, c01, c02, c03, first);
  put(c + ldc, c10, c11, c12, c13, first);
  put(c + 2 * ldc, c20, c21, c22, c23, first);
  if (mr > 3) put(c + 3 * ldc, c30, c31, c32, c33, first);
  if (mr > 4) put(c + 4 * ldc, c40, c41, c42, c43, first);
  if (mr > 5) put(c + 5 * ldc, c50, c51, c52, c53, first);
}

function tileOf(mr: i32, kc: i32, a: usize, panel: usize, c: usize, ldc: usize, first: bool): void {
  if (mr == 6) tile(6, kc, a, panel, c, ldc, first);
  else if (mr == 5) tile(5, kc, a, panel, c, ldc, first);
  else if (mr == 4) tile(4, kc, a, panel, c, ldc, first);
  else tile(3, kc, a, panel, c, ldc, first);
}

/** The last panel, of which only `nr` < 16 columns exist: computed aside, so that nothing beyond a row is written. */
function edgeTile(mr: i32, nr: i32, kc: i32, a: usize, b: usize, c: usize, ldc: usize, first: bool, edge: usize): void {
  tileOf(mr, kc, a, b, edge, 64, true);
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const p = c + usize(i) * ldc + (usize(j) << 2);
      const v = load<f32>(edge + (usize(i) << 6) + (usize(j) << 2));
      store<f32>(p, first ? v : load<f32>(p) + v);
    }
  }
}

/** As lib/tiled.as.ts, with panels of 16 columns, packed before they are used. */
function tiled(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32, work: usize,
): void {
  const packedB = work + A_BYTES;
  const edge = packedB + B_BYTES;
  const tiles = tilesOf<Fused>(M);
  const least = M / tiles;
  const larger = M % tiles;
  const blocks = (K + KC - 1) / KC;
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc);
    for (let block = 0; block < blocks; block++) {
      const k = firstOf(K, block, blocks);
      const kc = firstOf(K, block + 1, blocks) - k;
      for (let tc = 0; tc < tiles; tc += MC_TILES) {
        const last = min(tc + MC_TILES, tiles);
        const ic = firstRow<Fused>(M, tc);
        for (let t = tc, i = ic; t < last; t++) {
          const mr = least + i32(t < larger);
          packRows(a + usize(i) * lda + (usize(k) << 2), lda, mr, kc, work + usize(i - ic) * (usize(kc) << 2));
          i += mr;
        }
        let panel = packedB;
        for (let j = jc; j < jc + nc; j += 16) {
          const nr = min(16, N - j);
          if (tc == 0) {
            const from = b + usize(k) * ldb + (usize(j) << 2);
            if (nr == 16) packLines(from, ldb, kc, panel);
            else packColumns(from, ldb, kc, nr, panel, 64);
          }
          for (let t = tc, i = ic; t < last; t++) {
            const mr = least + i32(t < larger);
            const rows = work + usize(i - ic) * (usize(kc) << 2);
            const to = c + usize(i) * ldc + (usize(j) << 2);
            if (nr < 16) edgeTile(mr, nr, kc, rows, panel, to, ldc, block == 0, edge);
            else tileOf(mr, kc, rows, panel, to, ldc, block == 0);
            i += mr;
          }
          panel += usize(kc) << 6;
        }
      }
    }
  }
}

/** As simd.as.ts; `work`: WORK_BYTES for every thread. */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  const tiles = tilesOf<Fused>(M);
  const panels = (N + 15) / 16;
  const across = M < TILED_ROWS ? threads : columnParts(tiles, panels, threads);
  const column = thread % across;
  const j0 = firstOf(panels, column, across) * 16;
  const columns = min(N, firstOf(panels, column + 1, across) * 16) - j0;
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  b += usize(j0) << 2;
  c += usize(j0) << 2;
  if (M < TILED_ROWS) {
    streamed<Fused>(a, lda, b, ldb, c, ldb, M, columns, K, false);
    return;
  }
  const down = threads / across;
  const row = thread / across;
  const i0 = firstRow<Fused>(M, firstOf(tiles, row, down));
  const i1 = firstRow<Fused>(M, firstOf(tiles, row + 1, down));
  const own = work + usize(thread) * WORK_BYTES;
  if (i1 > i0) tiled(a + usize(i0) * lda, lda, b, ldb, c + usize(i0) * ldb, ldb, i1 - i0, columns, K, own);
}
