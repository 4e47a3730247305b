// A workgroup computes 64 rows × 64 columns of c, a thread 4 × 4 of them. Depth goes in steps of 16, for which both
// operands stand in workgroup memory as vectors of four: a by its rows, b by its columns.
// The third dimension of workgroups counts products, whose matrices follow each other. The extents come in a buffer: one pipeline serves every shape, and compiling takes a tenth of a second and more.
const TILE = 64u;
const VECTORS = 16u; // of four, in a tile
const DEPTH = 16u;
// One vector more than a row of steps holds: else the 16 threads that store a column meet in one memory bank.
const A_STRIDE = VECTORS + 1u;

struct Extents { M: u32, N: u32, K: u32 }

@group(0) @binding(0) var<storage, read> extents: Extents;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

var<workgroup> aTile: array<vec4f, DEPTH * A_STRIDE>; // [step][rows]
var<workgroup> bTile: array<vec4f, DEPTH * VECTORS>; // [step][columns]

// Beyond the edge both operands are 0: were it only one, an Infinity in the other would make a NaN.
fn loadA(product: u32, row: u32, k: u32) -> f32 {
  if (row < extents.M && k < extents.K) { return a[(product * extents.M + row) * extents.K + k]; }
  return 0.0;
}

fn loadB(product: u32, k: u32, column: u32) -> f32 {
  if (k < extents.K && column < extents.N) { return b[(product * extents.K + k) * extents.N + column]; }
  return 0.0;
}

fn store(product: u32, row: u32, column: u32, value: vec4f) {
  if (row >= extents.M) { return; }
  for (var x = 0u; x < 4u; x++) {
    if (column + x < extents.N) { c[(product * extents.M + row) * extents.N + column + x] = value[x]; }
  }
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let product = group.z;
  let row0 = group.y * TILE;
  let column0 = group.x * TILE;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  for (var k0 = 0u; k0 < extents.K; k0 += DEPTH) {
    // Neighbouring threads read neighbouring addresses: along k in a, along the columns in b.
    let row = row0 + 4u * local.y;
    let k = k0 + local.x;
    aTile[local.x * A_STRIDE + local.y] = vec4f(loadA(product, row, k), loadA(product, row + 1u, k), loadA(product, row + 2u, k), loadA(product, row + 3u, k));
    let column = column0 + 4u * local.x;
    let d = k0 + local.y;
    bTile[local.y * VECTORS + local.x] = vec4f(loadB(product, d, column), loadB(product, d, column + 1u), loadB(product, d, column + 2u), loadB(product, d, column + 3u));
    workgroupBarrier();
    for (var step = 0u; step < DEPTH; step++) {
      let av = aTile[step * A_STRIDE + local.y];
      let bv = bTile[step * VECTORS + local.x];
      c0 += av.x * bv;
      c1 += av.y * bv;
      c2 += av.z * bv;
      c3 += av.w * bv;
    }
    workgroupBarrier();
  }
  let row = row0 + 4u * local.y;
  let column = column0 + 4u * local.x;
  store(product, row, column, c0);
  store(product, row + 1u, column, c1);
  store(product, row + 2u, column, c2);
  store(product, row + 3u, column, c3);
}
