// What every shader of a pass is told. The sizes are data, not constants of the pipeline: a model has many, and compiling takes a second on
// software adapters.
struct Sizes {
  rows: u32, // of the matrix
  columns: u32,
  first: u32, // of these rows, among those of queries, keys and values
  queries: u32, // rows of each of their matrices
  keys: u32,
  head: u32, // elements
  epsilon: f32, // of RMSNorm
  format: u32, // of the matrix, as FORMAT of products.wgsl
  ways: u32, // of one.wgsl
}

@group(0) @binding(0) var<storage, read> batch: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(1) var<storage, read> words: array<u32>; // of the matrix
@group(0) @binding(8) var<uniform> sizes: Sizes;

// One pipeline for all formats, which products.wgsl tells apart.
fn anyWeights(block: u32, part: u32) -> vec4f { return weightsIn(sizes.format, block, part); }
