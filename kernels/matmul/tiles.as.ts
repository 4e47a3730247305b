import { gemm } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';
import { firstOf } from '../lib/math.as';
import { firstRow, GEMM_BYTES, tilesOf } from '../lib/tiled.as';

/** Tiles of rows in a job: 48 rows, so that a panel that is packed is used eight times. */
const TILES: i32 = 8;
/** Columns of a job. */
const COLUMNS: i32 = 128;

/** Takes the next number from a counter; without shared memory there is one thread. */
// @ts-ignore: decorator
@inline
function next(counter: usize): i32 {
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(counter, 1);
  const value = load<i32>(counter);
  store<i32>(counter, value + 1);
  return value;
}

/**
 * c[M,N] = a[M,K] · b[K,N] cut into rectangles that the threads take from a counter: a thread that the system holds up takes
 * fewer. Bits do not depend on who computes what.
 * @param counters two int32 of 0: the next job, and threads that have finished; the last one to finish sets both back
 * @param work GEMM_BYTES for every thread
 */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, counters: usize, work: usize, thread: i32, threads: i32,
): void {
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  const own = work + usize(thread) * GEMM_BYTES;
  const tiles = tilesOf<Fused>(M);
  const down = (tiles + TILES - 1) / TILES;
  const across = (N + COLUMNS - 1) / COLUMNS;
  for (let job = next(counters); job < down * across; job = next(counters)) {
    const row = job % down;
    const i0 = firstRow<Fused>(M, firstOf(tiles, row, down));
    const i1 = firstRow<Fused>(M, firstOf(tiles, row + 1, down));
    const j0 = (job / down) * COLUMNS;
    const columns = min(COLUMNS, N - j0);
    const j = usize(j0) << 2;
    gemm<Fused>(a + usize(i0) * lda, lda, b + j, ldb, c + usize(i0) * ldb + j, ldb, i1 - i0, columns, K, false, own);
  }
  if (next(counters + 4) == threads - 1) {
    store<i32>(counters, 0);
    store<i32>(counters + 4, 0);
  }
}
