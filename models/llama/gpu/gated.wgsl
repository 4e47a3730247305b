// Rows of the gate's and the up projection's matrix in turns: SwiGLU, by what swiglu/webgpu.wgsl declares.
@group(0) @binding(4) var<storage, read_write> gated: array<f32>; // [slots, rows / 2]

fn put(slot: u32, t: u32, n: u32, pair: vec2f) {
  gated[(slot * sizes.rows + n) / 2u] = bitcast<vec4f>(apply(bitcast<vec4u>(pair.xxxx), bitcast<vec4u>(pair.yyyy))).x;
}
