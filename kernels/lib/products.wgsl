// Weights of every format, as products take them; joined with blocks.wgsl.
override FORMAT: u32; // its place in SHADER_FORMATS of qproduct.ts

// Four of the 32 weights in nibbles whose block begins at `start`, as integers.
fn integers(start: u32, quants: u32, part: u32) -> vec4u {
  return nibbles(loadWord(start + quants + 4u * (part % 4u)) >> (4u * (part / 4u)));
}

// Weights 4 · part … of block b of 32: the blocks of a row follow each other, and the rows.
fn weights(b: u32, part: u32) -> vec4f { return weightsIn(FORMAT, b, part); }

// For shaders that do not have a pipeline for each format, and give FORMAT no value.
fn weightsIn(format: u32, b: u32, part: u32) -> vec4f {
  switch (format) {
    case 0u: { // q8_0
      return loadHalf(b * 34u) * signedBytes(loadWord(b * 34u + 2u + 4u * part));
    }
    case 1u: { // q4_0
      return loadHalf(b * 18u) * (vec4f(integers(b * 18u, 2u, part)) - 8.0);
    }
    case 2u: { // q4_k
      let start = b / 8u * 144u;
      let j = b % 8u;
      let word = loadWord(start + 16u + j / 2u * 32u + 4u * part) >> (4u * (j % 2u));
      let d = vec2f(loadHalf(start), loadHalf(start + 2u)) * scaleAndMinimum(start + 4u, j);
      return d.x * vec4f(nibbles(word)) - d.y;
    }
    case 3u: { // q6_k
      return weightsOfQ6K(b / 8u * 210u, b % 8u * 32u + 4u * part);
    }
    case 4u: { // q4_1
      return loadHalf(b * 20u) * vec4f(integers(b * 20u, 4u, part)) + loadHalf(b * 20u + 2u);
    }
    case 5u: { // q5_0
      let fifths = (vec4u(loadWord(b * 22u + 2u)) >> (vec4u(0u, 1u, 2u, 3u) + 4u * part)) & vec4u(1u);
      return loadHalf(b * 22u) * (vec4f(integers(b * 22u, 6u, part) | (fifths << vec4u(4u))) - 16.0);
    }
    case 6u, 7u: {
      let i = b * 16u + 2u * part;
      let codes = vec4u(words[i] & 0xffffu, words[i] >> 16u, words[i + 1u] & 0xffffu, words[i + 1u] >> 16u);
      if (format == 7u) { return bitcast<vec4f>(codes << vec4u(16u)); } // bf16
      return bitcast<vec4f>(vec4u(halfBits(codes.x), halfBits(codes.y), halfBits(codes.z), halfBits(codes.w)));
    }
    default: { // f32
      let i = b * 32u + 4u * part;
      return bitcast<vec4f>(vec4u(words[i], words[i + 1u], words[i + 2u], words[i + 3u]));
    }
  }
}
