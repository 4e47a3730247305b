// Every invocation sums WORDS vectors, neighbours reading neighbouring ones.
override WORDS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let stride = groups.x * 64u;
  var s = vec4f(0);
  for (var i = 0u; i < WORDS; i++) { s += x[id.x + i * stride]; }
  out[id.x] = s.x + s.y + s.z + s.w;
}
