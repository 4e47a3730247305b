override MOST: f32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

const NAN = 0x7fc00000u;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = rowOf(group, groups);
  if (row >= R) { return; }
  let start = row * C;
  var m = 0.0;
  for (var c = thread; c < C; c += THREADS) {
    let v = abs(x[start + c]);
    // What max() makes of a NaN is open.
    m = select(max(m, v), m, isNan(v));
  }
  let highest = largestOf(thread, m);
  let isInfinite = bitcast<u32>(highest) == 0x7f800000u;
  let step = highest / MOST;
  for (var c = thread; c < C; c += THREADS) {
    let v = x[start + c];
    // A denormal step, and what no step can be: 0.
    let y = select(round(v / step) * step, 0.0, step < 1.1754944e-38);
    out[start + c] = select(bitcast<u32>(y), NAN, isInfinite || isNan(v));
  }
}
