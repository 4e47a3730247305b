// The product is added to the residual stream.
@group(0) @binding(4) var<storage, read_write> x: array<vec2f>; // [T, rows / 2]

fn put(slot: u32, t: u32, n: u32, pair: vec2f) {
  x[(t * sizes.rows + n) / 2u] += pair;
}
