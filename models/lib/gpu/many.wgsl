// Products of all tokens of a pass with a matrix of an even number of rows: a workgroup of 8 × 8 threads for 32 tokens and 32 rows, 4 × 4
// each, 32 columns at a time. One pipeline for all formats: here a weight that is dequantised serves 32 tokens, and compiling takes longer
// than for one.wgsl. Joined like it.
const TILE = 32u;
const SIDE = 8u; // threads along a side of a tile, and vectors of four
// Tokens, or rows, of a column lie together: [column][token]. In the end the sums: [token][row].
var<workgroup> inputs: array<f32, TILE * TILE>;
var<workgroup> lines: array<f32, TILE * TILE>;
var<workgroup> parts: array<vec2f, TILE * SIDE>; // of moments, [token][part]

// Of a token of this tile.
fn momentsIn(token: u32) -> vec2f {
  var sum = vec2f();
  for (var i = 0u; i < SIDE; i++) { sum += parts[token * SIDE + i]; }
  return sum;
}

fn store(at: u32, sums: vec4f) {
  inputs[at] = sums.x;
  inputs[at + 1u] = sums.y;
  inputs[at + 2u] = sums.z;
  inputs[at + 3u] = sums.w;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.x * TILE;
  let token = group.y * TILE;
  // What this thread loads of a block: four columns of four tokens and of four rows, 8 apart.
  let line = thread / SIDE;
  let part = thread % SIDE;
  // What it computes: tokens and rows from here on.
  let y = 4u * line;
  let x = 4u * part;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var block = 0u; block < sizes.columns / 32u; block++) {
    workgroupBarrier();
    for (var l = line; l < TILE; l += SIDE) {
      var a = vec4f();
      var w = vec4f();
      if (token + l < batch[0]) {
        let v = load(token + l, token + l, SIDE * block + part);
        parts[l * SIDE + part] += moments(v);
        a = weighted(v, SIDE * block + part);
      }
      if (row + l < sizes.rows) { w = anyWeights((row + l) * (sizes.columns / 32u) + block, part); }
      let at = 4u * TILE * part + l;
      inputs[at] = a.x;
      inputs[at + TILE] = a.y;
      inputs[at + 2u * TILE] = a.z;
      inputs[at + 3u * TILE] = a.w;
      lines[at] = w.x;
      lines[at + TILE] = w.y;
      lines[at + 2u * TILE] = w.z;
      lines[at + 3u * TILE] = w.w;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE * TILE; k += TILE) {
      let p = k + x;
      let right = vec4f(lines[p], lines[p + 1u], lines[p + 2u], lines[p + 3u]);
      let q = k + y;
      sum0 += inputs[q] * right;
      sum1 += inputs[q + 1u] * right;
      sum2 += inputs[q + 2u] * right;
      sum3 += inputs[q + 3u] * right;
    }
  }
  // By way of workgroup memory, so that neighbouring threads have neighbouring rows.
  workgroupBarrier();
  store(TILE * y + x, sum0);
  store(TILE * (y + 1u) + x, sum1);
  store(TILE * (y + 2u) + x, sum2);
  store(TILE * (y + 3u) + x, sum3);
  workgroupBarrier();
  for (var i = 2u * thread; i < TILE * TILE; i += 128u) {
    let t = token + i / TILE;
    let n = row + i % TILE;
    if (t < batch[0] && n < sizes.rows) {
      put(t, t, n, finished(n, vec2f(inputs[i], inputs[i + 1u]), momentsIn(i / TILE)));
    }
  }
}
