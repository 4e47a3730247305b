// Rows of the embedding for the tokens of a pass: a thread for four weights. Joined with lib/products.wgsl and lib/blocks.wgsl.
override K: u32; // the width

@group(0) @binding(0) var<storage, read> batch: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>; // [T, K / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 64u + thread;
  let t = i / (K / 4u);
  if (t >= batch[0]) { return; }
  let k = i % (K / 4u);
  x[i] = weights(batch[5u + t] * (K / 32u) + k / 8u, k % 8u);
}
