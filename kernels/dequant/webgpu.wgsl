// One thread for 4 bytes of quants: 4 weights of q8_0 and q6_k, 4 + 4 of the formats of 4 and 5 bits, 2 of f16 and bf16.
// Joined with lib/blocks.wgsl.
override THREADS: u32;
override FORMAT: u32; // q8_0, q4_0, q4_1, q5_0, q4_k, q6_k, f16, bf16

@group(0) @binding(0) var<storage, read> words: array<u32>;
// As bits: a denormal bfloat16 is a denormal float32, which arithmetic may flush to zero.
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

fn store(at: u32, v: vec4f) {
  let bits = bitcast<vec4u>(v);
  for (var i = 0u; i < 4u; i++) { out[at + i] = bits[i]; }
}

fn q8_0(i: u32) {
  let part = i % 8u;
  let start = i / 8u * 34u;
  let word = loadWord(start + 2u + 4u * part);
  store(4u * i, loadHalf(start) * signedBytes(word));
}

// Formats of 32 weights in nibbles: x = d · (q − bias) + m.
fn small(i: u32, bytes: u32, quants: u32, bias: f32) {
  let part = i % 4u;
  let start = i / 4u * bytes;
  let d = loadHalf(start);
  let word = loadWord(start + quants + 4u * part);
  var low = nibbles(word);
  var high = nibbles(word >> 4u);
  if (FORMAT == 3u) {
    let fifths = loadWord(start + 2u);
    let shifts = vec4u(0u, 1u, 2u, 3u) + vec4u(4u * part);
    low |= ((vec4u(fifths) >> shifts) & vec4u(1u)) << vec4u(4u);
    high |= ((vec4u(fifths) >> (shifts + 16u)) & vec4u(1u)) << vec4u(4u);
  }
  var x = d * (vec4f(low) - bias);
  var y = d * (vec4f(high) - bias);
  if (FORMAT == 2u) {
    let m = loadHalf(start + 2u);
    x += m;
    y += m;
  }
  let to = i / 4u * 32u + 4u * part;
  store(to, x);
  store(to + 16u, y);
}

fn q4_k(i: u32) {
  let part = i % 32u;
  let start = i / 32u * 144u;
  let word = loadWord(start + 16u + 4u * part);
  let j = part / 8u * 2u;
  let d = vec2f(loadHalf(start), loadHalf(start + 2u));
  let first = d * scaleAndMinimum(start + 4u, j);
  let second = d * scaleAndMinimum(start + 4u, j + 1u);
  let to = i / 32u * 256u + 32u * j + 4u * (part % 8u);
  store(to, first.x * vec4f(nibbles(word)) - first.y);
  store(to + 32u, second.x * vec4f(nibbles(word >> 4u)) - second.y);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i >= THREADS) { return; }
  switch (FORMAT) {
    case 0u: { q8_0(i); }
    case 1u: { small(i, 18u, 2u, 8.0); }
    case 2u: { small(i, 20u, 4u, 0.0); }
    case 3u: { small(i, 22u, 6u, 16.0); }
    case 4u: { q4_k(i); }
    case 5u: { store(4u * i, weightsOfQ6K(i / 64u * 210u, i % 64u * 4u)); }
    case 6u: {
      out[2u * i] = halfBits(words[i] & 0xffffu);
      out[2u * i + 1u] = halfBits(words[i] >> 16u);
    }
    default: {
      out[2u * i] = words[i] << 16u;
      out[2u * i + 1u] = words[i] & 0xffff0000u;
    }
  }
}
