// Mean, then squares and what rounding took from the mean, then the result: see `row` in simd.as.ts.
override EPSILON: f32;
// 2^-32. Squares of x · DOWN overflow only beyond |x| = 7.9e28 / √C; squares of x itself would at 1.8e19 / √C, and WGSL
// lets a compiler assume that no infinity occurs, so that it cannot be tested for afterwards.
const DOWN = 2.3283064365386963e-10;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = rowOf(group, groups);
  if (row >= R) { return; }
  let start = row * C;
  var sum = 0.0;
  for (var c = thread; c < C; c += THREADS) { sum += x[start + c]; }
  let mean = totalOf(thread, sum) / f32(C);
  var rest = 0.0;
  var squares = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let d = (x[start + c] - mean) * DOWN;
    rest += d;
    squares += d * d;
  }
  let missing = totalOf(thread, rest) / f32(C);
  let variance = max(totalOf(thread, squares) / f32(C) - missing * missing, 0.0);
  // The variance is scaled by DOWN², and so must ε be; the factor then comes out divided by DOWN.
  let factor = inverseSqrt(variance + EPSILON * DOWN * DOWN);
  for (var c = thread; c < C; c += THREADS) {
    out[start + c] = ((x[start + c] - mean) * DOWN - missing) * factor * w[c] + b[c];
  }
}
