// Reads blocks of quantised weights, as a GGUF file stores them, from `words`, an array<u32> that the shader binds.

// Four bytes from an even address: many blocks start in the middle of every other word.
fn loadWord(address: u32) -> u32 {
  let i = address / 4u;
  if ((address & 2u) == 0u) { return words[i]; }
  return (words[i] >> 16u) | (words[i + 1u] << 16u);
}

fn loadByte(address: u32) -> u32 {
  return (words[address / 4u] >> (8u * (address & 3u))) & 0xffu;
}

// Bits of the float32 with the value of a half: by integers, because unpack2x16float may flush denormal halves to zero.
fn halfBits(code: u32) -> u32 {
  let sign = (code & 0x8000u) << 16u;
  let magnitude = code & 0x7fffu;
  if (magnitude < 0x0400u) { return sign | bitcast<u32>(f32(magnitude) * 0x1p-24f); }
  let rebias = select(0x70000000u, 0x38000000u, magnitude < 0x7c00u);
  return sign | ((magnitude << 13u) + rebias);
}

fn loadHalf(address: u32) -> f32 {
  return bitcast<f32>(halfBits((words[address / 4u] >> (8u * (address & 2u))) & 0xffffu));
}

// The low nibbles of four bytes.
fn nibbles(word: u32) -> vec4u {
  return (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(15u);
}

// Scale and minimum j of a block of q4_k: 6 bits, those of the last four spread over three bytes.
fn scaleAndMinimum(scales: u32, j: u32) -> vec2f {
  if (j < 4u) { return vec2f(f32(loadByte(scales + j) & 63u), f32(loadByte(scales + j + 4u) & 63u)); }
  let both = loadByte(scales + j + 4u);
  let scale = (both & 15u) | ((loadByte(scales + j - 4u) >> 6u) << 4u);
  let minimum = (both >> 4u) | ((loadByte(scales + j) >> 6u) << 4u);
  return vec2f(f32(scale), f32(minimum));
}

fn loadSigned(address: u32) -> f32 {
  return f32(bitcast<i32>(loadByte(address) << 24u) >> 24u);
}

// Four signed bytes.
fn signedBytes(word: u32) -> vec4f {
  return vec4f((vec4i(bitcast<i32>(word)) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

// Weights k … k + 3 of the block of q6_k at `start`.
fn weightsOfQ6K(start: u32, k: u32) -> vec4f {
  let part = k / 128u;
  let group = k / 32u % 4u;
  let low = nibbles(loadWord(start + 64u * part + 32u * (group % 2u) + k % 32u) >> (4u * (group / 2u)));
  let high = nibbles(loadWord(start + 128u + 32u * part + k % 32u) >> (2u * group)) & vec4u(3u);
  let d = loadHalf(start + 208u) * loadSigned(start + 192u + k / 16u);
  return d * (vec4f(low | (high << vec4u(4u))) - 32.0);
}
