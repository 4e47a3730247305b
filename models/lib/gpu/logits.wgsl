// With room for a row more, where their number is odd.
@group(0) @binding(4) var<storage, read_write> logits: array<vec2f>;

fn put(slot: u32, t: u32, n: u32, pair: vec2f) {
  logits[n / 2u] = pair;
}
