/** The symbols of `N` counts at `values` in the table of `S` + 1 entries at `cdf`. */
export function search(cdf: usize, values: usize, out: usize, S: i32, N: i32, thread: i32, threads: i32): void {
  const last = cdf + (<usize>(S - 16) << 2);
  const end = values + (<usize>N << 2);
  for (; values < end; values += 4, out += 4) {
    const value = load<i32>(values);
    let p = cdf;
    let width = S;
    while (width > 16) {
      const half = width >>> 1;
      const next = p + (<usize>half << 2);
      p = select(next, p, load<i32>(next) <= value);
      width -= half;
    }
    if (S >= 16) {
      // The symbol is one of at most 16 from p on: count the ends that are not above the value, in a window inside the table.
      p = min(p, last);
      const v = i32x4.splat(value);
      // A comparison is −1 where it holds.
      const a = i32x4.add(i32x4.le_s(v128.load(p, 4), v), i32x4.le_s(v128.load(p, 20), v));
      const b = i32x4.add(i32x4.le_s(v128.load(p, 36), v), i32x4.le_s(v128.load(p, 52), v));
      const c = i32x4.add(a, b);
      const d = i32x4.add(c, i8x16.shuffle(c, c, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      store<i32>(out, <i32>((p - cdf) >> 2) - i32x4.extract_lane(d, 0) - i32x4.extract_lane(d, 1));
    } else {
      while (load<i32>(p, 4) <= value) p += 4;
      store<i32>(out, <i32>((p - cdf) >> 2));
    }
  }
}
