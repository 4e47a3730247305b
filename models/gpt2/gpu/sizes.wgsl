// What every shader of a pass is told, and rows of weights in float32. Sizes are padded (padding.ts), but where the opposite is said.
struct Sizes {
  rows: u32, // of the matrix
  columns: u32,
  queries: u32, // rows of the queries; of keys and values as many
  width: u32, // elements that LayerNorm counts: unpadded
  epsilon: f32, // of LayerNorm
  ways: u32, // of one.wgsl
}

@group(0) @binding(0) var<storage, read> batch: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

fn weights(block: u32, part: u32) -> vec4f { return matrix[block * 8u + part]; }
fn anyWeights(block: u32, part: u32) -> vec4f { return weights(block, part); }
