// Products of one token, the last of the pass, with a matrix: `sizes.ways` threads, a power of two, of a workgroup of 64 share two rows and
// take turns at groups of four columns. Joined with what dispatches.ts says.

// Both products, and the moments of the input.
var<workgroup> partial: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let way = thread % sizes.ways;
  let n = 2u * (((group.y * groups.x + group.x) * 64u + thread) / sizes.ways);
  let t = batch[0] - 1u;
  var sums = vec4f();
  if (n < sizes.rows) {
    let first = n * (sizes.columns / 32u);
    // Of an odd number of rows the last is done twice.
    let second = min(n + 1u, sizes.rows - 1u) * (sizes.columns / 32u);
    for (var k = way; k < sizes.columns / 4u; k += sizes.ways) {
      let v = load(0u, t, k);
      let w = weighted(v, k);
      sums += vec4f(dot(weights(first + k / 8u, k % 8u), w), dot(weights(second + k / 8u, k % 8u), w), moments(v));
    }
  }
  partial[thread] = sums;
  for (var half = sizes.ways / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (way < half) { partial[thread] += partial[thread + half]; }
  }
  if (way == 0u && n < sizes.rows) { put(0u, t, n, finished(n, partial[thread].xy, partial[thread].zw)); }
}
