// Products of one token, the last of the pass, with a matrix: a workgroup of 64 threads for two rows, each thread takes every
// 64th group of four columns. Joined with sizes.wgsl, what loads its input (normed.wgsl, plain.wgsl), what takes its output (attend.wgsl,
// gated.wgsl, add.wgsl, logits.wgsl), lib/products.wgsl and lib/blocks.wgsl.

// Both products, and the squares of the input.
var<workgroup> partial: array<vec3f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = 2u * (group.y * groups.x + group.x);
  let t = batch[0] - 1u;
  var sums = vec3f();
  if (n < sizes.rows) {
    let first = n * (sizes.columns / 32u);
    // Of an odd number of rows the last is done twice.
    let second = min(n + 1u, sizes.rows - 1u) * (sizes.columns / 32u);
    for (var k = thread; k < sizes.columns / 4u; k += 64u) {
      let v = load(0u, t, k);
      let w = weighted(v, k);
      sums += vec3f(dot(weights(first + k / 8u, k % 8u), w), dot(weights(second + k / 8u, k % 8u), w), dot(v, v));
    }
  }
  partial[thread] = sums;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  if (thread == 0u && n < sizes.rows) { put(0u, t, n, partial[0].xy * factorOf(partial[0].z)); }
}
