// Rows of the queries', the keys' and the values' matrix: queries and keys are turned, keys and values go to their place in the cache.
override FIRST: u32; // of these rows, among those of all three
override QUERIES: u32; // rows of each matrix
override KEYS: u32;
override HEAD: u32; // elements

@group(0) @binding(4) var<storage, read> angles: array<vec2f>; // [positions, HEAD / 2] of (cosine, sine)
@group(0) @binding(5) var<storage, read_write> q: array<vec2f>; // [slots, QUERIES / 2]
@group(0) @binding(6) var<storage, read_write> keys: array<vec2f>; // [positions, KEYS / 2]
@group(0) @binding(7) var<storage, read_write> values: array<vec2f>;

fn put(slot: u32, t: u32, row: u32, pair: vec2f) {
  let n = FIRST + row;
  let position = batch[1] - batch[0] + t;
  if (n >= QUERIES + KEYS) {
    values[(position * KEYS + n - QUERIES - KEYS) / 2u] = pair;
    return;
  }
  let turn = angles[(position * HEAD + n % HEAD) / 2u];
  let turned = vec2f(pair.x * turn.x - pair.y * turn.y, pair.x * turn.y + pair.y * turn.x);
  if (n < QUERIES) {
    q[(slot * QUERIES + n) / 2u] = turned;
  } else {
    keys[(position * KEYS + n - QUERIES) / 2u] = turned;
  }
}
