/** Packs `n` codes of 32 bits with lengths of a byte: 31 bits that wait and 24 more are within 64. */
export function pack(codes: usize, lengths: usize, out: usize, n: i32, thread: i32, threads: i32): void {
  const end = codes + (<usize>n << 2);
  let waiting: u64 = 0;
  let count: u64 = 0;
  for (; codes < end; codes += 4, lengths += 1) {
    const length = <u64>load<u8>(lengths);
    waiting = (waiting << length) | <u64>load<u32>(codes);
    count += length;
    if (count >= 32) {
      count -= 32;
      store<u32>(out, bswap<u32>(<u32>(waiting >> count)));
      out += 4;
    }
  }
  for (; count >= 8; out += 1) {
    count -= 8;
    store<u8>(out, <u8>(waiting >> count));
  }
  if (count > 0) store<u8>(out, <u8>(waiting << (8 - count)));
}
