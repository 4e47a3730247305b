import { columnParts, firstRow, GEMM_BYTES, streamed, TILED_ROWS, tiled } from '../lib/gemm.as';
import { firstOf } from '../lib/math.as';

/** Bytes of packing space for one thread. */
export const WORK_BYTES: i32 = GEMM_BYTES;

/**
 * c[M,N] = a[M,K] · b[K,N], row-major float32, nothing aliased; NaN and Infinity go where the sums take them. Each thread
 * computes a rectangle of c and packs what it needs of a and b for itself: some is packed twice, but nobody waits. The
 * depth is never split, so that the result does not depend on the number of threads, and a single tile stays on one.
 * @param work WORK_BYTES for every thread
 */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  const tiles = (M + 5) / 6;
  const panels = (N + 7) / 8;
  const across = M < TILED_ROWS ? threads : columnParts(tiles, panels, threads);
  const column = thread % across;
  const j0 = firstOf(panels, column, across) * 8;
  const j1 = min(N, firstOf(panels, column + 1, across) * 8);
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  b += usize(j0) << 2;
  c += usize(j0) << 2;
  if (M < TILED_ROWS) {
    streamed(a, lda, b, ldb, c, ldb, M, j1 - j0, K);
    return;
  }
  const down = threads / across;
  const row = thread / across;
  const i0 = firstRow(M, firstOf(tiles, row, down));
  const i1 = firstRow(M, firstOf(tiles, row + 1, down));
  const own = work + usize(thread) * WORK_BYTES;
  tiled(a + usize(i0) * lda, lda, b, ldb, c + usize(i0) * ldb, ldb, i1 - i0, j1 - j0, K, own);
}
