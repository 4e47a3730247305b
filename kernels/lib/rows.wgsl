// A workgroup a row: its threads stride over the columns and reduce in workgroup memory.
override R: u32;
override C: u32;
// A power of two.
override THREADS: u32;

var<workgroup> partial: array<f32, THREADS>;

// R or more where there is none: workgroups are spread over two dimensions.
fn rowOf(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }

// By its bits: WGSL lets a compiler assume that no NaN occurs, and v != v may be folded to false.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// The sum of every thread's value, on every thread.
fn totalOf(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

// The largest of every thread's value, on every thread.
fn largestOf(thread: u32, value: f32) -> f32 {
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
