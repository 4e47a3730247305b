// One workgroup a row: its threads stride over the columns, and reduce maximum and sum in workgroup memory.
override R: u32;
override C: u32;
// A power of two.
override THREADS: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<f32, THREADS>;

// By its bits: WGSL lets a compiler assume that no NaN occurs, and v != v may be folded to false.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

fn reduceMax(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] = max(partial[thread], partial[thread + half]); }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

fn reduceSum(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= R) { return; }
  let start = row * C;
  // The lowest finite number: WGSL has no literal for −Infinity. A row of only −Infinity then sums to 0, and 0 / 0 is NaN.
  var m = -3.4028234e38;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c];
    // What max() makes of a NaN is open; it comes back into the sum below.
    m = select(max(m, v), m, isNan(v));
  }
  let highest = reduceMax(thread, m);
  var s = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c];
    let e = select(exp(v - highest), v, isNan(v));
    out[start + c] = e;
    s += e;
  }
  let factor = 1.0 / reduceSum(thread, s);
  for (var c = thread; c < C; c += THREADS) { out[start + c] *= factor; }
}
