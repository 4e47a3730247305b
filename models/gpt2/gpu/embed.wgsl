// Rows of the two embeddings for the tokens of a pass and their positions: a thread for four elements. Joined with sizes.wgsl.
@group(0) @binding(2) var<storage, read> wpe: array<vec4f>; // [context, columns / 4]
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>; // [T, columns / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 64u + thread;
  let vectors = sizes.columns / 4u;
  let t = i / vectors;
  if (t >= batch[0]) { return; }
  let k = i % vectors;
  x[i] = matrix[batch[5u + t] * vectors + k] + wpe[(batch[1] - batch[0] + t) * vectors + k];
}
