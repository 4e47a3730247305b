// A workgroup of 8 × 8 threads does 32 queries of one head, in tiles of 32 keys: a thread 4 × 4 scores, then, of the sums of weighted
// values, 4 queries × 4 elements in every 32 elements of the head. Vectors of four run along the queries in scores and weights, and
// along the elements in values and sums.
const TILE = 32u;
const SIDE = 8u; // threads, and vectors of four, along a side of a tile
const DEPTH = 16u; // elements of queries and keys in workgroup memory
const STEP = 8u; // values in workgroup memory
const CHUNKS = 4u; // of 32 elements: heads of up to 128
// One vector more than a row holds: else the threads that store a column meet in one memory bank.
const STRIDE = SIDE + 1u;
// The lowest finite number: WGSL has no literal for −Infinity.
const LOWEST = -3.4028234e38;

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
// T, S, H, G, D: from a buffer, so that one pipeline serves all shapes.
@group(0) @binding(3) var<storage, read> shape: array<u32, 5>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

var<workgroup> queries: array<vec4f, DEPTH * STRIDE>; // [element][queries]
var<workgroup> keys: array<vec4f, DEPTH * STRIDE>; // [element][keys]
var<workgroup> weights: array<vec4f, TILE * STRIDE>; // [key][queries]
var<workgroup> values: array<vec4f, STEP * CHUNKS * SIDE>; // [key][elements]
var<workgroup> partial: array<vec4f, SIDE * SIDE>; // [thread along the keys][queries]

// By its bits: WGSL lets a compiler assume that no NaN occurs, and v != v may be folded to false.
fn isNan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }

fn loadQuery(t: u32, d: u32, h: u32) -> f32 {
  if (t < shape[0] && d < shape[4]) { return q[(t * shape[2] + h) * shape[4] + d]; }
  return 0.0;
}

fn loadKey(j: u32, d: u32, g: u32) -> f32 {
  if (j < shape[1] && d < shape[4]) { return k[(j * shape[3] + g) * shape[4] + d]; }
  return 0.0;
}

fn loadValue(j: u32, d: u32, g: u32) -> f32 {
  if (j < shape[1] && d < shape[4]) { return v[(j * shape[3] + g) * shape[4] + d]; }
  return 0.0;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let T = shape[0];
  let S = shape[1];
  let D = shape[4];
  let h = group.y;
  let g = h * shape[3] / shape[2];
  let x = thread % SIDE;
  let y = thread / SIDE;
  let t0 = group.x * TILE;
  // The last key that each of this thread's queries sees.
  let own = vec4u(0u, 1u, 2u, 3u) + (S - T + t0 + 4u * y);
  let end = min(S, S - T + t0 + TILE);
  let scale = 1.0 / sqrt(f32(D));
  var sums: array<vec4f, 16>; // [chunk][query]
  var highest = vec4f(LOWEST);
  var total = vec4f();

  for (var j0 = 0u; j0 < end; j0 += TILE) {
    // Set to 0 by name: with a bare declaration, which should do the same, Dawn on SwiftShader kept the sums of the tile before.
    var s = array<vec4f, 4>(); // [key][queries]
    for (var d0 = 0u; d0 < D; d0 += DEPTH) {
      for (var i = thread; i < DEPTH * SIDE; i += 64u) {
        // Neighbouring threads read neighbouring elements.
        let d = d0 + i % DEPTH;
        let row = i / DEPTH;
        let t = t0 + 4u * row;
        let j = j0 + 4u * row;
        queries[(i % DEPTH) * STRIDE + row] =
          vec4f(loadQuery(t, d, h), loadQuery(t + 1u, d, h), loadQuery(t + 2u, d, h), loadQuery(t + 3u, d, h));
        keys[(i % DEPTH) * STRIDE + row] =
          vec4f(loadKey(j, d, g), loadKey(j + 1u, d, g), loadKey(j + 2u, d, g), loadKey(j + 3u, d, g));
      }
      workgroupBarrier();
      for (var d = 0u; d < DEPTH; d++) {
        let a = queries[d * STRIDE + y];
        let b = keys[d * STRIDE + x];
        s[0] += a * b.x;
        s[1] += a * b.y;
        s[2] += a * b.z;
        s[3] += a * b.w;
      }
      workgroupBarrier();
    }

    var m = vec4f(LOWEST);
    for (var c = 0u; c < 4u; c++) {
      s[c] *= scale;
      // What max() makes of a NaN is open; it comes back into the weights below.
      m = select(m, max(m, s[c]), (vec4u(j0 + 4u * x + c) <= own) & !isNan(s[c]));
    }
    partial[x * SIDE + y] = m;
    workgroupBarrier();
    m = highest;
    for (var i = 0u; i < SIDE; i++) { m = max(m, partial[i * SIDE + y]); }
    let factor = exp(highest - m);
    highest = m;
    total *= factor;
    for (var c = 0u; c < 4u; c++) {
      let weight = select(vec4f(), select(exp(s[c] - m), s[c], isNan(s[c])), vec4u(j0 + 4u * x + c) <= own);
      weights[(4u * x + c) * STRIDE + y] = weight;
      total += weight;
    }
    for (var c = 0u; c < CHUNKS; c++) {
      sums[4u * c] *= factor.x;
      sums[4u * c + 1u] *= factor.y;
      sums[4u * c + 2u] *= factor.z;
      sums[4u * c + 3u] *= factor.w;
    }

    // At the diagonal a weight of 0 does not hide a NaN: there the products themselves are left out.
    let diagonal = j0 + TILE - 1u > S - T + t0;
    for (var step = 0u; step < TILE; step += STEP) {
      for (var i = thread; i < STEP * CHUNKS * SIDE; i += 64u) {
        let j = j0 + step + i / (CHUNKS * SIDE);
        let d = 4u * (i % (CHUNKS * SIDE));
        if (d < D) {
          values[i] = vec4f(loadValue(j, d, g), loadValue(j, d + 1u, g), loadValue(j, d + 2u, g), loadValue(j, d + 3u, g));
        }
      }
      workgroupBarrier();
      for (var i = 0u; i < STEP; i++) {
        let w = weights[(step + i) * STRIDE + y];
        let seen = vec4u(j0 + step + i) <= own;
        for (var c = 0u; c < CHUNKS; c++) {
          if (c * TILE < D) {
            let value = values[i * CHUNKS * SIDE + c * SIDE + x];
            if (diagonal) {
              sums[4u * c] += select(vec4f(), w.x * value, seen.x);
              sums[4u * c + 1u] += select(vec4f(), w.y * value, seen.y);
              sums[4u * c + 2u] += select(vec4f(), w.z * value, seen.z);
              sums[4u * c + 3u] += select(vec4f(), w.w * value, seen.w);
            } else {
              sums[4u * c] += w.x * value;
              sums[4u * c + 1u] += w.y * value;
              sums[4u * c + 2u] += w.z * value;
              sums[4u * c + 3u] += w.w * value;
            }
          }
        }
      }
      workgroupBarrier();
    }
  }

  partial[x * SIDE + y] = total;
  workgroupBarrier();
  total = vec4f();
  for (var i = 0u; i < SIDE; i++) { total += partial[i * SIDE + y]; }
  for (var r = 0u; r < 4u; r++) {
    let t = t0 + 4u * y + r;
    if (t >= T) { return; }
    for (var c = 0u; c < CHUNKS; c++) {
      let result = sums[4u * c + r] / total[r];
      for (var e = 0u; e < 4u; e++) {
        let d = c * TILE + 4u * x + e;
        if (d < D) { out[(t * shape[2] + h) * D + d] = result[e]; }
      }
    }
  }
}
