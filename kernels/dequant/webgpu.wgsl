// One thread for 4 bytes of quants: 4 weights of q8_0, or 4 + 4 weights of q4_0.
override BLOCKS: u32;
override BITS: u32; // of a quant: 8 or 4

@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

// Four bytes from an even address: blocks of 34 or 18 bytes start in the middle of every other word.
fn loadWord(address: u32) -> u32 {
  let i = address / 4u;
  if ((address & 2u) == 0u) { return words[i]; }
  return (words[i] >> 16u) | (words[i + 1u] << 16u);
}

// By its bits, because unpack2x16float may flush denormal halves to zero.
fn decodeHalf(code: u32) -> f32 {
  let sign = (code & 0x8000u) << 16u;
  let magnitude = code & 0x7fffu;
  if (magnitude < 0x0400u) { return bitcast<f32>(sign | bitcast<u32>(f32(magnitude) * 0x1p-24f)); }
  let rebias = select(0x70000000u, 0x38000000u, magnitude < 0x7c00u);
  return bitcast<f32>(sign | ((magnitude << 13u) + rebias));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let threadsPerBlock = BITS; // 32 weights · BITS / 8 bits / 4 bytes
  let i = (group.y * groups.x + group.x) * 256u + thread;
  let block = i / threadsPerBlock;
  if (block >= BLOCKS) { return; }
  let part = i % threadsPerBlock;
  let start = block * (2u + 4u * threadsPerBlock);
  let d = decodeHalf(loadWord(start) & 0xffffu);
  let word = loadWord(start + 2u + 4u * part);
  let shifts = vec4u(0u, 8u, 16u, 24u);
  if (BITS == 8u) {
    out[block * 8u + part] = d * vec4f((vec4i(bitcast<i32>(word)) << (24u - shifts)) >> vec4u(24u));
  } else {
    out[block * 8u + part] = d * (vec4f((vec4u(word) >> shifts) & vec4u(15u)) - 8.0);
    out[block * 8u + part + 4u] = d * (vec4f((vec4u(word) >> (shifts + 4u)) & vec4u(15u)) - 8.0);
  }
}
