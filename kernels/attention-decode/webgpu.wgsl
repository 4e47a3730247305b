// A workgroup a head. In tiles of 256 keys: each thread scores one key; maximum and sum over the tile; then each thread adds up, for one
// element of the head, every WAYS-th value of the tile, where a head has fewer elements than there are threads.
const THREADS = 256u;
// The lowest finite number: WGSL has no literal for −Infinity.
const LOWEST = -3.4028234e38;

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
// S, H, G, D: from a buffer, so that one pipeline serves all shapes.
@group(0) @binding(3) var<storage, read> shape: array<u32, 4>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

var<workgroup> query: array<f32, THREADS>;
var<workgroup> weights: array<f32, THREADS>;
var<workgroup> partial: array<f32, THREADS>;

// By its bits: WGSL lets a compiler assume that no NaN occurs, and x != x may be folded to false.
fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let S = shape[0];
  let D = shape[3];
  let h = group.x;
  let row = shape[2] * D;
  let first = (h * shape[2] / shape[1]) * D;
  let ways = THREADS / D;
  let element = thread % D;
  let way = thread / D;
  if (thread < D) { query[thread] = q[h * D + thread] / sqrt(f32(D)); }
  workgroupBarrier();

  var highest = LOWEST;
  var total = 0.0;
  var sum = 0.0;
  for (var j0 = 0u; j0 < S; j0 += THREADS) {
    let j = j0 + thread;
    var score = LOWEST;
    if (j < S) {
      score = 0.0;
      let key = j * row + first;
      for (var d = 0u; d < D; d++) { score += query[d] * k[key + d]; }
    }
    // What max() makes of a NaN is open; it comes back into the weights below.
    partial[thread] = select(max(score, LOWEST), LOWEST, isNan(score));
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
      workgroupBarrier();
    }
    let m = max(highest, partial[0]);
    let factor = exp(highest - m);
    highest = m;
    let weight = select(0.0, select(exp(score - m), score, isNan(score)), j < S);
    weights[thread] = weight;
    total = total * factor + weight;
    sum *= factor;
    workgroupBarrier();
    if (way < ways) {
      let n = min(THREADS, S - j0);
      for (var i = way; i < n; i += ways) { sum += weights[i] * v[(j0 + i) * row + first + element]; }
    }
    workgroupBarrier();
  }

  partial[thread] = total;
  weights[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (thread < D) {
    var result = 0.0;
    for (var w = 0u; w < ways; w++) { result += weights[w * D + thread]; }
    out[h * D + thread] = result / partial[0];
  }
}
