import { firstOf } from '../lib/math.as';
import { splitSigns, SPLIT_BYTES, SUMS_BYTES, withSums } from '../lib/qactivations.as';
import { matvecBytes, matvecQ4_0, matvecQ4_K, matvecQ8_0 } from '../lib/qmatvec.as';
import { groupsOf, packQ4_0, packQ4_K, packQ8_0, PLUS_128 } from '../lib/qpack.as';

/**
 * The weights of `blocks` (N rows of K, as in a GGUF file) to `packed`; done once. The other arguments are those of the product,
 * so that both are called alike.
 */
export function packQ8(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ8_0(blocks, packed, N, K);
}

/** The same, plus 128, for {@link q8_0_unsigned}. */
export function packQ8Plus(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ8_0(blocks, packed, N, K, PLUS_128);
}

export function packQ4(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ4_0(blocks, packed, N, K);
}

export function packQ4K(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  packQ4_K(blocks, packed, N, K);
}

/**
 * y[N] = Σ_K w[N,K] · x[K] of Q8_0 weights in `packed`; y has room for a multiple of 8. Each thread does its share of the groups
 * of rows, and makes its own 8-bit activations in `work`: for nothing that short is worth waiting for another.
 * @param work SPLIT_BYTES for each 32 of K, for every thread
 */
export function q8_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  const own = work + usize(thread * (K >> 5)) * SPLIT_BYTES;
  splitSigns(x, own, K);
  const groups = groupsOf(N);
  matvecQ8_0(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads));
}

/** A thread's own activations, with their sums: where they are. */
// @ts-ignore: decorator
@inline
function activations(x: usize, work: usize, K: i32, thread: i32): usize {
  const own = work + usize(thread * (K >> 5)) * SUMS_BYTES;
  withSums(x, own, K);
  return own;
}

// @ts-ignore: decorator
@inline
function bytes(
  packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, offset: i32, thread: i32, threads: i32,
): void {
  const own = activations(x, work, K, thread);
  const groups = groupsOf(N);
  matvecBytes(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads), offset);
}

/** The same where the relaxed dot product takes 0 … 255 as its second operand; weights packed by `packQ8Plus`. */
export function q8_0_unsigned(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  bytes(packed, x, work, y, N, K, 128, thread, threads);
}

/** Where it takes −128 … 127; weights packed by `packQ8`. */
export function q8_0_signed(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  bytes(packed, x, work, y, N, K, 0, thread, threads);
}

// @ts-ignore: decorator
@inline
function fourBits(
  packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, unsigned: bool, thread: i32, threads: i32,
): void {
  const own = activations(x, work, K, thread);
  const groups = groupsOf(N);
  matvecQ4_0(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads), unsigned);
}

/** The same of Q4_0. */
export function q4_0(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  fourBits(packed, x, work, y, N, K, false, thread, threads);
}

/** Where the relaxed dot product takes 0 … 255 as its second operand. */
export function q4_0_unsigned(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  fourBits(packed, x, work, y, N, K, true, thread, threads);
}

// @ts-ignore: decorator
@inline
function fourBitsK(
  packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, unsigned: bool, thread: i32, threads: i32,
): void {
  const own = activations(x, work, K, thread);
  const groups = groupsOf(N);
  matvecQ4_K(packed, own, y, K, firstOf(groups, thread, threads), firstOf(groups, thread + 1, threads), unsigned);
}

/** The same of Q4_K. */
export function q4_k(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  fourBitsK(packed, x, work, y, N, K, false, thread, threads);
}

export function q4_k_unsigned(
  blocks: usize, packed: usize, x: usize, work: usize, y: usize, N: i32, K: i32, thread: i32, threads: i32,
): void {
  fourBitsK(packed, x, work, y, N, K, true, thread, threads);
}
