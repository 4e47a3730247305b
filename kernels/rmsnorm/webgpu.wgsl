// One workgroup a row: its threads stride over the columns and reduce the sum of squares in workgroup memory.
override R: u32;
override C: u32;
override EPSILON: f32;
const THREADS = 256u;
// 2^-32. Squares of x · DOWN overflow only beyond |x| = 7.9e28 / √C; squares of x itself would at 1.8e19 / √C, and WGSL
// lets a compiler assume that no infinity occurs, so that it cannot be tested for afterwards.
const DOWN = 2.3283064365386963e-10;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= R) { return; }
  let start = row * C;
  var sum = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c] * DOWN;
    sum += v * v;
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  // The mean is scaled by DOWN², and so must ε be; the factor then comes out divided by DOWN.
  let factor = DOWN * inverseSqrt(partial[0] / f32(C) + EPSILON * DOWN * DOWN);
  for (var c = thread; c < C; c += THREADS) { out[start + c] = x[start + c] * factor * w[c]; }
}
