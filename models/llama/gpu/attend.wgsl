// Rows of the queries', the keys' and the values' matrix: queries and keys are turned, keys and values go to their place in the cache.
@group(0) @binding(4) var<storage, read> angles: array<vec2f>; // [positions, head / 2] of (cosine, sine)
@group(0) @binding(5) var<storage, read_write> q: array<vec2f>; // [slots, queries / 2]
@group(0) @binding(6) var<storage, read_write> keys: array<vec2f>; // [positions, keys / 2]
@group(0) @binding(7) var<storage, read_write> values: array<vec2f>;

fn put(slot: u32, t: u32, row: u32, pair: vec2f) {
  let n = sizes.first + row;
  let position = batch[1] - batch[0] + t;
  if (n >= sizes.queries + sizes.keys) {
    values[(position * sizes.keys + n - sizes.queries - sizes.keys) / 2u] = pair;
    return;
  }
  let turn = angles[(position * sizes.head + n % sizes.head) / 2u];
  let turned = vec2f(pair.x * turn.x - pair.y * turn.y, pair.x * turn.y + pair.y * turn.x);
  if (n < sizes.queries) {
    q[(slot * sizes.queries + n) / 2u] = turned;
  } else {
    keys[(position * sizes.keys + n - sizes.queries) / 2u] = turned;
  }
}
