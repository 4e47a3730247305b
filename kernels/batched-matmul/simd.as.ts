import { gemm } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';
import { firstOf } from '../lib/math.as';
import { GEMM_BYTES } from '../lib/tiled.as';

/**
 * This thread's share of c[B,M,N] = a[B,M,K] · b[B,K,N], row-major float32 without gaps; nothing aliased; NaN and Infinity go where
 * the sums take them. Whole products where there are as many as threads; of fewer, each is cut into parts of its rows.
 * @param work GEMM_BYTES for every thread
 */
export function batchedMatmul(
  a: usize, b: usize, c: usize, B: i32, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  const parts = (threads + B - 1) / B;
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  const own = work + usize(thread) * GEMM_BYTES;
  const to = firstOf(B * parts, thread + 1, threads);
  for (let job = firstOf(B * parts, thread, threads); job < to; job++) {
    const product = job / parts;
    const i0 = firstOf(M, job % parts, parts);
    const rows = firstOf(M, (job % parts) + 1, parts) - i0;
    if (rows == 0) continue;
    const row = usize(product * M + i0);
    gemm<Fused>(a + row * lda, lda, b + usize(product * K) * ldb, ldb, c + row * ldb, ldb, rows, N, K, false, own);
  }
}
