// Every invocation writes WORDS vectors, neighbours writing neighbouring ones.
override WORDS: u32;

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let stride = groups.x * 64u;
  for (var i = 0u; i < WORDS; i++) { out[id.x + i * stride] = vec4f(0.5); }
}
