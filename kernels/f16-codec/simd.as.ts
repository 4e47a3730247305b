import { encodeFour, loadFourHalves } from '../lib/f16.as';
import { firstOf } from '../lib/math.as';

/** This thread's share of `N` halves at `codes` as floats at `y`. Both have room for a whole vector at the end. */
export function decode(codes: usize, y: usize, N: i32, thread: i32, threads: i32): void {
  // Shares are whole vectors, so that no thread writes into another's.
  const vectors = (N + 3) >> 2;
  const from = usize(firstOf(vectors, thread, threads));
  const end = y + (usize(firstOf(vectors, thread + 1, threads)) << 4);
  let p = codes + (from << 3);
  for (let o = y + (from << 4); o < end; o += 16, p += 8) v128.store(o, loadFourHalves(p));
}

/** The other way: floats at `x` to halves at `codes`. */
export function encode(codes: usize, x: usize, N: i32, thread: i32, threads: i32): void {
  const vectors = (N + 7) >> 3;
  const from = usize(firstOf(vectors, thread, threads));
  const end = codes + (usize(firstOf(vectors, thread + 1, threads)) << 4);
  let p = x + (from << 5);
  for (let o = codes + (from << 4); o < end; o += 16, p += 32)
    v128.store(o, i16x8.narrow_i32x4_s(encodeFour(v128.load(p)), encodeFour(v128.load(p, 16))));
}
