import { Fused } from '../lib/madd.as';
import { streamed } from '../lib/streamed.as';

/** y[R] = x[C] · wt[C,R]: a product of matrices with one row, for weights that are stored transposed. */
export function matvec(wt: usize, x: usize, y: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  if (thread > 0) return;
  streamed<Fused>(x, usize(C) << 2, wt, usize(R) << 2, y, usize(R) << 2, 1, R, C, false);
}
