// y[M,N] = Σ_K x[M,K] · w[N,K]: a workgroup of 8 × 8 threads computes 32 × 32, 4 × 4 each, 32 of K at a time.
override M: u32;
override N: u32;
override K: u32;
override FORMAT: u32; // q8_0, q4_0, q4_k

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Depth × rows, so that the threads of a line read neighbours.
var<workgroup> xs: array<f32, 1024>;
var<workgroup> ws: array<f32, 1024>;

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

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * 32u;
  let column = group.x * 32u;
  // What this thread loads of a block: of four rows, 8 apart, four of x and four weights.
  let line = thread / 8u;
  let part = thread % 8u;
  var sums = array<vec4f, 4>();
  for (var block = 0u; block < K / 32u; block++) {
    workgroupBarrier();
    for (var l = line; l < 32u; l += 8u) {
      var a = vec4f();
      var w = vec4f();
      if (row + l < M) {
        let at = (row + l) * K + block * 32u + 4u * part;
        a = vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
      }
      if (column + l < N) { w = weights(column + l, block, part); }
      for (var i = 0u; i < 4u; i++) {
        xs[(4u * part + i) * 32u + l] = a[i];
        ws[(4u * part + i) * 32u + l] = w[i];
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < 1024u; k += 32u) {
      let p = k + id.x;
      let right = vec4f(ws[p], ws[p + 8u], ws[p + 16u], ws[p + 24u]);
      let q = k + id.y;
      sums[0] += xs[q] * right;
      sums[1] += xs[q + 8u] * right;
      sums[2] += xs[q + 16u] * right;
      sums[3] += xs[q + 24u] * right;
    }
  }
  for (var i = 0u; i < 4u; i++) {
    let m = row + id.y + 8u * i;
    for (var j = 0u; j < 4u; j++) {
      let n = column + id.x + 8u * j;
      if (m < M && n < N) { y[m * N + n] = sums[i][j]; }
    }
  }
}
