/**
 * Encodes `N` symbols with the counts `froms` to `tos` of `T`; how many bytes that took goes to `length`. At most 31 bits are held
 * back; a symbol decides at most 23, since 2^30 / 2^21 numbers stay between the bounds.
 */
export function encode(
  froms: usize,
  tos: usize,
  length: usize,
  out: usize,
  N: i32,
  T: i32,
  thread: i32,
  threads: i32,
): void {
  let at = out;
  let held: u64 = 0;
  let count: u64 = 0;
  const total = <u64>T;
  let low: u32 = 0;
  let high: u32 = 0xffffffff;
  let waiting: u32 = 0;
  for (let n = 0; n <= N; n++) {
    let agreed: u32;
    if (n < N) {
      const range = <u64>(high - low) + 1;
      high = low + <u32>((range * <u64>load<u32>(tos)) / total) - 1;
      low = low + <u32>((range * <u64>load<u32>(froms)) / total);
      tos += 4;
      froms += 4;
      agreed = clz<u32>(low ^ high);
    } else {
      agreed = 1;
      waiting++;
      low = low < 0x40000000 ? 0 : 0x80000000;
    }
    if (agreed > 0) {
      let bits = <u64>low >> (32 - agreed);
      let more = <u64>agreed;
      if (waiting > 0) {
        // The first bit decides those that wait, which are its opposite: together 2^waiting, or one less.
        const first = <u64>low >> 31;
        const rest = <u64>agreed - 1;
        bits &= ((<u64>1) << rest) - 1;
        if (waiting > 8) {
          held = (held << 1) | first;
          count++;
          const opposites: u64 = first == 0 ? 255 : 0;
          for (; waiting > 8; waiting -= 8) {
            held = (held << 8) | opposites;
            count += 8;
            if (count >= 32) {
              count -= 32;
              store<u32>(at, bswap<u32>(<u32>(held >> count)));
              at += 4;
            }
          }
          bits |= (opposites & (((<u64>1) << waiting) - 1)) << rest;
          more = rest + waiting;
        } else {
          bits |= (((<u64>1) << waiting) + first - 1) << rest;
          more = rest + 1 + waiting;
        }
        waiting = 0;
      }
      held = (held << more) | bits;
      count += more;
      if (count >= 32) {
        count -= 32;
        store<u32>(at, bswap<u32>(<u32>(held >> count)));
        at += 4;
      }
      low <<= agreed;
      high = (high << agreed) | ((1 << agreed) - 1);
    }
    const straddle = clz<u32>(~((low & ~high) << 1));
    if (straddle > 0) {
      waiting += straddle;
      low = (low << straddle) & 0x7fffffff;
      high = (high << straddle) | ((1 << straddle) - 1) | 0x80000000;
    }
  }
  for (; count >= 8; at++) {
    count -= 8;
    store<u8>(at, <u8>(held >> count));
  }
  if (count > 0) store<u8>(at++, <u8>(held << (8 - count)));
  store<i32>(length, <i32>(at - out));
}
