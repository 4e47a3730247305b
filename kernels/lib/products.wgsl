// Weights of the formats that products take; joined with blocks.wgsl.
override FORMAT: u32; // q8_0, q4_0, q4_k: their places in PRODUCT_QUANTS of qproduct.ts

// Weights 4 · part … of block b of 32: the blocks of a row follow each other, and the rows.
fn weights(b: u32, part: u32) -> vec4f {
  if (FORMAT == 0u) {
    let word = loadWord(b * 34u + 2u + 4u * part);
    return loadHalf(b * 34u) * vec4f((vec4i(bitcast<i32>(word)) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
  }
  if (FORMAT == 1u) {
    let word = loadWord(b * 18u + 2u + 4u * (part % 4u)) >> (4u * (part / 4u));
    return loadHalf(b * 18u) * (vec4f(nibbles(word)) - 8.0);
  }
  let start = b / 8u * 144u;
  let j = b % 8u;
  let word = loadWord(start + 16u + j / 2u * 32u + 4u * part) >> (4u * (j % 2u));
  let d = vec2f(loadHalf(start), loadHalf(start + 2u)) * scaleAndMinimum(start + 4u, j);
  return d.x * vec4f(nibbles(word)) - d.y;
}
