// Rows of the embedding for the tokens of a pass: a thread for four weights.
// Joined with sizes.wgsl, lib/products.wgsl and lib/blocks.wgsl.
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>; // [T, columns / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 64u + thread;
  let t = i / (sizes.columns / 4u);
  if (t >= batch[0]) { return; }
  let k = i % (sizes.columns / 4u);
  x[i] = weights(batch[5u + t] * (sizes.columns / 32u) + k / 8u, k % 8u);
}
