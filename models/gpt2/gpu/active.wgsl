// GELU of the product, by what gelu/webgpu.wgsl declares.
@group(0) @binding(4) var<storage, read_write> inner: array<vec2f>; // [slots, rows / 2]

fn put(slot: u32, t: u32, n: u32, pair: vec2f) {
  inner[(slot * sizes.rows + n) / 2u] = bitcast<vec4f>(apply(bitcast<vec4u>(pair.xyxy))).xy;
}
