import { gemmPart } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';
import { GEMM_BYTES } from '../lib/tiled.as';

/** Bytes of packing space for one thread. */
export const WORK_BYTES: i32 = GEMM_BYTES;

/**
 * c[M,N] = a[M,K] · b[K,N], row-major float32, nothing aliased; NaN and Infinity go where the sums take them.
 * @param work WORK_BYTES for every thread
 */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  gemmPart<Fused>(a, b, c, M, N, K, work, thread, threads);
}
