/** Without the relaxed dot product, in a module of its own: WebKit refuses one that holds it. */
import { multiply, Q4_0, Q8_0, WIDE } from '../lib/qmatmul.as';
import { packQ4_0, packQ8_0 } from '../lib/qpack.as';

/** As in simd.as.ts, with both operands as 16-bit integers. */
export function q8_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(WIDE, Q8_0, 8, packed, x, work, y, M, N, K, across, 127, 0, thread, threads);
}

export function q4_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(WIDE, Q4_0, 8, packed, x, work, y, M, N, K, across, 127, 0, thread, threads);
}

export function packQ8(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  packQ8_0(blocks, packed, N, K);
}

export function packQ4(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  packQ4_0(blocks, packed, N, K);
}
