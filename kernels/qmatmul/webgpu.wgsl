// Joined with lib/products.wgsl and lib/blocks.wgsl.
// y[M,N] = Σ_K x[M,K] · w[N,K]: a workgroup of 8 × 8 threads computes 32 × 32, 4 × 4 each, 32 of K at a time.
// The sizes are data, not constants of the pipeline: a model has many, and compiling takes a second on software adapters.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read> sizes: array<u32>; // M, N, K
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Depth × rows, so that the threads of a line read neighbours.
var<workgroup> xs: array<f32, 1024>;
var<workgroup> ws: array<f32, 1024>;

// Four sums of row m, 8 columns apart.
fn put(m: u32, n: u32, sums: vec4f) {
  let M = sizes[0];
  let N = sizes[1];
  if (m >= M) { return; }
  if (n < N) { y[m * N + n] = sums.x; }
  if (n + 8u < N) { y[m * N + n + 8u] = sums.y; }
  if (n + 16u < N) { y[m * N + n + 16u] = sums.z; }
  if (n + 24u < N) { y[m * N + n + 24u] = sums.w; }
}

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  let M = sizes[0];
  let N = sizes[1];
  let K = sizes[2];
  let row = group.y * 32u;
  let column = group.x * 32u;
  // What this thread loads of a block: of four rows, 8 apart, four of x and four weights.
  let line = thread / 8u;
  let part = thread % 8u;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var block = 0u; block < K / 32u; block++) {
    workgroupBarrier();
    for (var l = line; l < 32u; l += 8u) {
      var a = vec4f();
      var w = vec4f();
      if (row + l < M) {
        let at = (row + l) * K + block * 32u + 4u * part;
        a = vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
      }
      if (column + l < N) { w = weights((column + l) * (K / 32u) + block, part); }
      let at = 128u * part + l;
      xs[at] = a.x;
      xs[at + 32u] = a.y;
      xs[at + 64u] = a.z;
      xs[at + 96u] = a.w;
      ws[at] = w.x;
      ws[at + 32u] = w.y;
      ws[at + 64u] = w.z;
      ws[at + 96u] = w.w;
    }
    workgroupBarrier();
    for (var k = 0u; k < 1024u; k += 32u) {
      let p = k + id.x;
      let right = vec4f(ws[p], ws[p + 8u], ws[p + 16u], ws[p + 24u]);
      let q = k + id.y;
      sum0 += xs[q] * right;
      sum1 += xs[q + 8u] * right;
      sum2 += xs[q + 16u] * right;
      sum3 += xs[q + 24u] * right;
    }
  }
  let m = row + id.y;
  let n = column + id.x;
  put(m, n, sum0);
  put(m + 8u, n, sum1);
  put(m + 16u, n, sum2);
  put(m + 24u, n, sum3);
}
