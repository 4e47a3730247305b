// One workgroup of 256 threads, which stride over the elements and add their sums up in workgroup memory.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const THREADS = 256u;
var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32) {
  let n = arrayLength(&a);
  var s0 = 0.0;
  var s1 = 0.0;
  for (var i = thread; i < n; i += 2u * THREADS) {
    s0 += a[i] * b[i];
    if (i + THREADS < n) { s1 += a[i + THREADS] * b[i + THREADS]; }
  }
  partial[thread] = s0 + s1;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (thread == 0u) { out[0] = partial[0]; }
}
