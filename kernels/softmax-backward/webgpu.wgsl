// One workgroup a row: its threads stride over the columns, and reduce the sum in workgroup memory.
override R: u32;
override C: u32;
// A power of two.
override THREADS: u32;

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= R) { return; }
  let start = row * C;
  var s = 0.0;
  for (var c = thread; c < C; c += THREADS) { s += y[start + c] * g[start + c]; }
  partial[thread] = s;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  let sum = partial[0];
  for (var c = thread; c < C; c += THREADS) { dx[start + c] = y[start + c] * (g[start + c] - sum); }
}
