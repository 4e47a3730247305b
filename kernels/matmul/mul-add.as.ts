import { gemmPart } from '../lib/gemm.as';
import { Split } from '../lib/madd.as';

/** simd.as.ts without an instruction of relaxed SIMD: products are rounded before they are added. */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, work: usize, thread: i32, threads: i32,
): void {
  gemmPart<Split>(a, b, c, M, N, K, work, thread, threads);
}
