// out = apply(x), four elements a thread. The shader that this one joins declares apply(bits: vec4u) -> vec4u.
//
// Numbers are read and written as bits: WGSL lets a compiler assume that no NaN or Infinity occurs, and flush denormals.
@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i < arrayLength(&x)) { out[i] = apply(x[i]); }
}
