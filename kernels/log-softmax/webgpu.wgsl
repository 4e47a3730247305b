@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = rowOf(group, groups);
  if (row >= R) { return; }
  let start = row * C;
  // The lowest finite number: WGSL has no literal for −Infinity. A row of only −Infinity then sums to 0.
  var m = -3.4028234e38;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c];
    // What max() makes of a NaN is open; it comes back into the sum below.
    m = select(max(m, v), m, isNan(v));
  }
  let highest = largestOf(thread, m);
  var s = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c];
    s += select(exp(v - highest), v, isNan(v));
  }
  let sum = totalOf(thread, s);
  let logSum = log(sum);
  for (var c = thread; c < C; c += THREADS) {
    // 0 / 0 for a row of only −Infinity.
    out[start + c] = select(x[start + c] - highest - logSum, sum / sum, sum == 0.0 || isNan(sum));
  }
}
