// Products of all tokens of a pass with a matrix of N rows, an even number: a workgroup of 8 × 8 threads for 32 tokens and 32 rows, 4 × 4
// each, 32 columns at a time. Joined like one.wgsl.
override N: u32;
override K: u32;

@group(0) @binding(0) var<storage, read> batch: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(1) var<storage, read> words: array<u32>;

const TILE = 32u;
const SIDE = 8u; // threads, and vectors of four, along a side of a tile
// One vector more than a line holds: else the threads that store one meet in one memory bank.
const STRIDE = SIDE + 1u;

var<workgroup> inputs: array<vec4f, TILE * STRIDE>; // [column][tokens]
var<workgroup> rows: array<vec4f, TILE * STRIDE>; // [column][rows]
var<workgroup> squares: array<vec4f, SIDE * SIDE>; // [part][tokens]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let T = batch[0];
  // What this thread loads: of 4 tokens and of 4 rows, 4 columns.
  let line = thread / SIDE;
  let part = thread % SIDE;
  let token = group.y * TILE + 4u * line;
  let row = group.x * TILE + 4u * line;
  var square = vec4f();
  var sums = array<vec4f, 4>(); // [token][rows]
  for (var block = 0u; block < K / 32u; block++) {
    let k = SIDE * block + part;
    var a = mat4x4f();
    var b = mat4x4f();
    for (var i = 0u; i < 4u; i++) {
      if (token + i < T) {
        let v = load(token + i, token + i, k);
        square[i] += dot(v, v);
        a[i] = weighted(v, k);
      }
      if (row + i < N) { b[i] = weights((row + i) * (K / 32u) + block, part); }
    }
    a = transpose(a);
    b = transpose(b);
    workgroupBarrier();
    for (var i = 0u; i < 4u; i++) {
      inputs[(4u * part + i) * STRIDE + line] = a[i];
      rows[(4u * part + i) * STRIDE + line] = b[i];
    }
    workgroupBarrier();
    for (var i = 0u; i < TILE; i++) {
      let left = inputs[i * STRIDE + thread / SIDE];
      let right = rows[i * STRIDE + thread % SIDE];
      sums[0] += left.x * right;
      sums[1] += left.y * right;
      sums[2] += left.z * right;
      sums[3] += left.w * right;
    }
  }
  squares[part * SIDE + line] = square;
  workgroupBarrier();
  square = vec4f();
  for (var i = 0u; i < SIDE; i++) { square += squares[i * SIDE + line]; }
  // What this thread has computed: the same 4 tokens, and 4 other rows.
  let n = group.x * TILE + 4u * part;
  for (var i = 0u; i < 4u; i++) {
    let t = token + i;
    if (t >= T) { return; }
    let result = sums[i] * factorOf(square[i]);
    if (n < N) { put(t, t, n, result.xy); }
    if (n + 2u < N) { put(t, t, n + 2u, result.zw); }
  }
}
