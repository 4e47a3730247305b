// A workgroup of 64 threads a row of w and four tokens, which read each weight once: the threads stride over its columns and add
// their sums up in workgroup memory.
struct Extents { T: u32, C: u32, R: u32 }

@group(0) @binding(0) var<storage, read> extents: Extents;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const THREADS = 64u;
const TOKENS = 4u;
var<workgroup> partial: array<vec4f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = group.y * groups.x + group.x;
  let row = index % extents.R;
  let first = index / extents.R * TOKENS;
  if (first >= extents.T) { return; }
  // Of tokens that are not there the last one stands in, whose sums nobody stores.
  let last = extents.T - 1u;
  let at = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(last)) * extents.C;
  let start = row * extents.C;
  var sum = vec4f(0.0);
  for (var c = thread; c < extents.C; c += THREADS) {
    sum += w[start + c] * vec4f(x[at.x + c], x[at.y + c], x[at.z + c], x[at.w + c]);
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  if (thread < TOKENS && first + thread < extents.T) { out[(first + thread) * extents.R + row] = partial[0][thread]; }
}
