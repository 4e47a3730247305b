/** `bytes` from `from` to `to`, a multiple of 4: 32 a step. */
// @ts-ignore: decorator
@inline
function copy(from: usize, to: usize, bytes: usize): void {
  const end = from + bytes;
  while (from + 32 <= end) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += 32;
    to += 32;
  }
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/**
 * Appends T tokens of k and v, `[T, G, D]` float32, one after the other to the caches at `out`, `[2, T, G, D]`.
 */
export function appendTokens(k: usize, v: usize, out: usize, T: i32, G: i32, D: i32): void {
  const row = usize(G * D) << 2;
  const values = out + usize(T) * row;
  for (let t = 0; t < T; t++) {
    const offset = usize(t) * row;
    copy(k + offset, out + offset, row);
    copy(v + offset, values + offset, row);
  }
}

/** The same to caches `[2, G, T, D]`: a copy for each head. */
export function appendHeads(k: usize, v: usize, out: usize, T: i32, G: i32, D: i32): void {
  const head = usize(D) << 2;
  const step = usize(T) * head;
  const values = usize(G) * step;
  for (let t = 0; t < T; t++) {
    let to = out + usize(t) * head;
    for (let g = 0; g < G; g++) {
      copy(k, to, head);
      copy(v, to + values, head);
      k += head;
      v += head;
      to += step;
    }
  }
}
