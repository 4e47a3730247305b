import { MINIMA, multiply, STORED, OFFSET, Q4_0, Q4_K, Q8_0, SPLIT } from '../lib/qmatmul.as';
import { packQ4_0, packQ4_K, packQ8_0 } from '../lib/qpack.as';

/** Weight rows of a panel. */
const NR: usize = ZOO_WIDE ? 16 : 8;

/**
 * y[M,N] = Σ_K x[M,K] · w[N,K] of Q8_0 weights with 8-bit activations, exact on every engine: positive and negative ones apart.
 * The arguments after `packed` are those of `multiply` in lib/qmatmul.as.ts; `blocks` is what `packQ8` packs.
 */
export function q8_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(SPLIT, Q8_0, NR, packed, x, work, y, M, N, K, across, 127, 0, thread, threads);
}

/** Q8_0 with activations of −most … most plus `offset`, which must lie where the engine's relaxed dot product is exact. */
export function q8_0_offset(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(OFFSET, Q8_0, NR, packed, x, work, y, M, N, K, across, most, offset, thread, threads);
}

/** Q4_0: the nibbles are the operand of 7 bits, so that activations of 8 bits cost nothing. */
export function q4_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(STORED, Q4_0, NR, packed, x, work, y, M, N, K, across, 127, 8, thread, threads);
}

/** Q4_K, likewise. */
export function q4_k(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  multiply(MINIMA, Q4_K, NR, packed, x, work, y, M, N, K, across, 127, 0, thread, threads);
}

/** The weights of `blocks` (N rows of K, as in a GGUF file) to `packed`, once; called with the arguments of the product. */
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

export function packQ4K(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, M: i32, N: i32, K: i32,
  across: i32, most: f32, offset: i32, thread: i32, threads: i32,
): void {
  packQ4_K(blocks, packed, N, K);
}
