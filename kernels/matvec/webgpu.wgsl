// A workgroup of 64 threads a row: they stride over its columns and add their sums up in workgroup memory.
struct Extents { R: u32, C: u32 }

@group(0) @binding(0) var<storage, read> extents: Extents;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= extents.R) { return; }
  let start = row * extents.C;
  var sum = 0.0;
  for (var c = thread; c < extents.C; c += THREADS) { sum += w[start + c] * x[c]; }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (thread == 0u) { y[row] = partial[0]; }
}
