/**
 * c = a · b in float32 (AssemblyScript): what the matrix kernels share. Row-major; nothing aliased; NaN and Infinity go where
 * the sums take them. `F` says how a product is added, see madd.as.ts.
 */
import { firstOf } from './math.as';
import { streamed } from './streamed.as';
import { firstRow, GEMM_BYTES, tiled, tilesOf } from './tiled.as';

/** Below this many rows packing b costs more than it saves. */
export const TILED_ROWS: i32 = 6;

/**
 * Is b rather streamed than packed? Always for less than a tile of rows; for more as long as c is small, and rows begin at vectors and are long
 * enough for the processor to see them coming. Packing reads b eight columns at a time, which no prefetcher follows: what that costs is
 * little only where each panel is used often.
 */
// @ts-ignore: decorator
@inline
export function isStreamed(M: i32, N: i32): bool {
  return M < TILED_ROWS || (M < 64 && N >= 128 && (N & 3) == 0);
}

/** c[M,N] = a[M,K] · b[K,N], or c + that with `add`, by the better of the two; `work`: GEMM_BYTES. */
export function gemm<F>(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32,
  add: bool, work: usize,
): void {
  if (isStreamed(M, N)) streamed<F>(a, lda, b, ldb, c, ldc, M, N, K, add);
  else tiled<F>(a, lda, b, ldb, c, ldc, M, N, K, add, work);
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

/**
 * One thread's part of c[M,N] = a[M,K] · b[K,N], without gaps between rows: a rectangle of c, for which the thread packs what
 * it needs of a and b for itself: some is packed twice, but nobody waits. The depth is never split, so that the result does
 * not depend on the number of threads, and a single tile stays on one.
 * @param work GEMM_BYTES for every thread
 */
export function gemmPart<F>(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  const tiles = tilesOf<F>(M);
  const panels = (N + 7) / 8;
  const few = isStreamed(M, N);
  const across = few ? threads : columnParts(tiles, panels, threads);
  const column = thread % across;
  const j0 = firstOf(panels, column, across) * 8;
  const j1 = min(N, firstOf(panels, column + 1, across) * 8);
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  b += usize(j0) << 2;
  c += usize(j0) << 2;
  if (few) {
    streamed<F>(a, lda, b, ldb, c, ldb, M, j1 - j0, K, false);
    return;
  }
  const down = threads / across;
  const row = thread / across;
  const i0 = firstRow<F>(M, firstOf(tiles, row, down));
  const i1 = firstRow<F>(M, firstOf(tiles, row + 1, down));
  const own = work + usize(thread) * GEMM_BYTES;
  if (i1 > i0) tiled<F>(a + usize(i0) * lda, lda, b, ldb, c + usize(i0) * ldb, ldb, i1 - i0, j1 - j0, K, false, own);
}
