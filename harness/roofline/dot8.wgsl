// 16 independent chains of dot products of four int8, each added to an int32: 4 products and 4 sums each, 128 operations a round
// and invocation. Needs the language feature packed_4x8_integer_dot_product.
override ROUNDS: u32;

@group(0) @binding(0) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Ones, which a compiler cannot know.
  let h = 0x01010101u | (id.x >> 31u);
  var a = vec4i(i32(id.x)) + vec4i(0, 1, 2, 3);
  var b = a + 4; var c = a + 8; var d = a + 12;
  for (var n = 0u; n < ROUNDS; n++) {
    a.x = dot4I8Packed(u32(a.x), h) + 1; a.y = dot4I8Packed(u32(a.y), h) + 1;
    a.z = dot4I8Packed(u32(a.z), h) + 1; a.w = dot4I8Packed(u32(a.w), h) + 1;
    b.x = dot4I8Packed(u32(b.x), h) + 1; b.y = dot4I8Packed(u32(b.y), h) + 1;
    b.z = dot4I8Packed(u32(b.z), h) + 1; b.w = dot4I8Packed(u32(b.w), h) + 1;
    c.x = dot4I8Packed(u32(c.x), h) + 1; c.y = dot4I8Packed(u32(c.y), h) + 1;
    c.z = dot4I8Packed(u32(c.z), h) + 1; c.w = dot4I8Packed(u32(c.w), h) + 1;
    d.x = dot4I8Packed(u32(d.x), h) + 1; d.y = dot4I8Packed(u32(d.y), h) + 1;
    d.z = dot4I8Packed(u32(d.z), h) + 1; d.w = dot4I8Packed(u32(d.w), h) + 1;
  }
  let s = (a + b) + (c + d);
  out[id.x] = f32(s.x + s.y + s.z + s.w);
}
