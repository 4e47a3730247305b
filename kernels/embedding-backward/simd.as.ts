import { firstOf } from '../lib/math.as';

/** This thread's share of the `V` rows of `D` floats at `table`: 0, and the gradients of those of `T` tokens whose ids are among them. */
export function embeddingBackward(
  ids: usize, g: usize, table: usize, T: i32, V: i32, D: i32, thread: i32, threads: i32,
): void {
  const from = firstOf(V, thread, threads);
  const to = firstOf(V, thread + 1, threads);
  const rowBytes = usize(D) << 2;
  memory.fill(table + usize(from) * rowBytes, 0, usize(to - from) * rowBytes);
  let p = g;
  for (let t = 0; t < T; t++, p += rowBytes) {
    const id = load<i32>(ids + (usize(t) << 2));
    if (id < from || id >= to) continue;
    const end = p + rowBytes;
    const toRow = table + usize(id) * rowBytes - p;
    let q = p;
    for (; q + 32 <= end; q += 32) {
      const o = q + toRow;
      v128.store(o, f32x4.add(v128.load(o), v128.load(q)));
      v128.store(o, f32x4.add(v128.load(o, 16), v128.load(q, 16)), 16);
    }
    for (; q < end; q += 4) store<f32>(q + toRow, load<f32>(q + toRow) + load<f32>(q));
  }
}
