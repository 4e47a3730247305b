// Joined with lib/products.wgsl and lib/blocks.wgsl.
// y[N] = Σ_K w[N,K] · x[K]: 64 threads a row, each takes every 64th group of four weights.
override N: u32;
override K: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = group.y * groups.x + group.x;
  var sums = vec4f();
  if (n < N) {
    for (var k = thread; k < K / 4u; k += 64u) { sums += weights(n * (K / 32u) + k / 8u, k % 8u) * x[k]; }
  }
  partial[thread] = (sums.x + sums.y) + (sums.z + sums.w);
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  if (thread == 0u && n < N) { y[n] = partial[0]; }
}
