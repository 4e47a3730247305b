// Rows of the queries', the keys' and the values' matrix: keys and values go to their place in the cache.
@group(0) @binding(4) var<storage, read_write> q: array<vec2f>; // [slots, queries / 2]
@group(0) @binding(5) var<storage, read_write> keys: array<vec2f>; // [positions, queries / 2]
@group(0) @binding(6) var<storage, read_write> values: array<vec2f>;

fn put(slot: u32, t: u32, n: u32, pair: vec2f) {
  let at = n % sizes.queries;
  let kept = ((batch[1] - batch[0] + t) * sizes.queries + at) / 2u;
  switch (n / sizes.queries) {
    case 0u: { q[(slot * sizes.queries + at) / 2u] = pair; }
    case 1u: { keys[kept] = pair; }
    default: { values[kept] = pair; }
  }
}
