/** Copies rows of `D` floats by the `T` integers at `ids` from `table` to `out`. */
export function gather(table: usize, ids: usize, out: usize, T: i32, D: i32, thread: i32, threads: i32): void {
  const bytes = <usize>D << 2;
  const end = ids + (<usize>T << 2);
  let q = out;
  for (let id = ids; id < end; id += 4) {
    let p = table + <usize>load<i32>(id) * bytes;
    const rowEnd = q + bytes;
    const blockEnd = q + (bytes & ~63);
    for (; q < blockEnd; q += 64, p += 64) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      const c = v128.load(p, 32);
      const d = v128.load(p, 48);
      v128.store(q, a);
      v128.store(q, b, 16);
      v128.store(q, c, 32);
      v128.store(q, d, 48);
    }
    for (; q < rowEnd; q += 4, p += 4) store<u32>(q, load<u32>(p));
  }
}
