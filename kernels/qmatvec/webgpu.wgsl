// y[N] = Σ_K w[N,K] · x[K]: 64 threads a row, each takes every 64th group of four weights.
override N: u32;
override K: u32;
override FORMAT: u32; // q8_0, q4_0, q4_k

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> partial: array<f32, 64>;

// Four bytes from an even address: many blocks start in the middle of every other word.
fn loadWord(address: u32) -> u32 {
  let i = address / 4u;
  if ((address & 2u) == 0u) { return words[i]; }
  return (words[i] >> 16u) | (words[i + 1u] << 16u);
}

fn loadByte(address: u32) -> u32 {
  return (words[address / 4u] >> (8u * (address & 3u))) & 0xffu;
}

// By integers, because unpack2x16float may flush denormal halves to zero.
fn loadHalf(address: u32) -> f32 {
  let code = (words[address / 4u] >> (8u * (address & 2u))) & 0xffffu;
  let sign = (code & 0x8000u) << 16u;
  let magnitude = code & 0x7fffu;
  if (magnitude < 0x0400u) { return bitcast<f32>(sign | bitcast<u32>(f32(magnitude) * 0x1p-24f)); }
  let rebias = select(0x70000000u, 0x38000000u, magnitude < 0x7c00u);
  return bitcast<f32>(sign | ((magnitude << 13u) + rebias));
}

// Weights 4 · part … of block `block` of 32 along row n.
fn weights(n: u32, block: u32, part: u32) -> vec4f {
  let b = n * (K / 32u) + block;
  let shifts = vec4u(0u, 8u, 16u, 24u);
  if (FORMAT == 0u) {
    let word = loadWord(b * 34u + 2u + 4u * part);
    return loadHalf(b * 34u) * vec4f((vec4i(bitcast<i32>(word)) << (24u - shifts)) >> vec4u(24u));
  }
  if (FORMAT == 1u) {
    let word = loadWord(b * 18u + 2u + 4u * (part % 4u)) >> (4u * (part / 4u));
    return loadHalf(b * 18u) * (vec4f((vec4u(word) >> shifts) & vec4u(15u)) - 8.0);
  }
  let start = b / 8u * 144u;
  let j = b % 8u;
  let s = start + 4u + j;
  var scale = loadByte(s) & 63u;
  var minimum = loadByte(s + 4u) & 63u;
  if (j > 3u) {
    scale = (loadByte(s + 4u) & 15u) | ((loadByte(s - 4u) >> 6u) << 4u);
    minimum = (loadByte(s + 4u) >> 4u) | ((loadByte(s) >> 6u) << 4u);
  }
  let word = loadWord(start + 16u + j / 2u * 32u + 4u * part) >> (4u * (j % 2u));
  let q = vec4f((vec4u(word) >> shifts) & vec4u(15u));
  return loadHalf(start) * f32(scale) * q - loadHalf(start + 2u) * f32(minimum);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let n = group.y * groups.x + group.x;
  var sums = vec4f();
  if (n < N) {
    for (var k = thread; k < K / 4u; k += 64u) { sums += weights(n, k / 8u, k % 8u) * x[k]; }
  }
  partial[thread] = (sums.x + sums.y) + (sums.z + sums.w);
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  if (thread == 0u && n < N) { y[n] = partial[0]; }
}
