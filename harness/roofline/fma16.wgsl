// As fma.wgsl, in float16.
enable f16;
override ROUNDS: u32;

@group(0) @binding(0) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let h = vec4h(0.5);
  var a = vec4h(f16(id.x & 255u));
  var b = a + 1; var c = a + 2; var d = a + 3; var e = a + 4; var f = a + 5; var g = a + 6; var i = a + 7;
  for (var n = 0u; n < ROUNDS; n++) {
    a = a * h + h; b = b * h + h; c = c * h + h; d = d * h + h;
    e = e * h + h; f = f * h + h; g = g * h + h; i = i * h + h;
  }
  let s = (a + b) + (c + d) + (e + f) + (g + i);
  out[id.x] = f32(s.x + s.y + s.z + s.w);
}
