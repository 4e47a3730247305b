/** Without the relaxed dot product, in a module of its own: WebKit refuses one that holds it. */
import { firstOf } from '../lib/math.as';
import { matvecWideQ4_0, matvecWideQ8_0, WIDE_BYTES, widened } from '../lib/qmatvec-wide.as';
import { groupsOf, packQ4_0, packQ8_0 } from '../lib/qpack.as';

export function packQ8(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ8_0(blocks, packed, N, K);
}

export function packQ4(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ4_0(blocks, packed, N, K);
}

/** As in simd.as.ts, with both operands as 16-bit integers. */
export function q8_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  const own = work + usize(thread * (K >> 5)) * WIDE_BYTES;
  widened(x, own, K);
  const groups = groupsOf(N);
  matvecWideQ8_0(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads));
}

export function q4_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  const own = work + usize(thread * (K >> 5)) * WIDE_BYTES;
  widened(x, own, K);
  const groups = groupsOf(N);
  matvecWideQ4_0(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads));
}
