override EPSILON: f32;
// 2^-32, so that squares do not overflow: see rmsnorm/webgpu.wgsl.
const DOWN = 2.3283064365386963e-10;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
// The sums, then their norms.
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = rowOf(group, groups);
  if (row >= R) { return; }
  let start = row * C;
  var squares = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let h = x[start + c] + residual[start + c];
    out[start + c] = h;
    let v = h * DOWN;
    squares += v * v;
  }
  let factor = DOWN * inverseSqrt(totalOf(thread, squares) / f32(C) + EPSILON * DOWN * DOWN);
  // What this thread itself has written.
  for (var c = thread; c < C; c += THREADS) { out[R * C + start + c] = out[start + c] * factor * w[c]; }
}
