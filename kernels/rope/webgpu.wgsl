// One thread a pair: it reads the cosine and sine of its token and pair, and writes the turned pair.
override H: u32;
override D: u32;
// T · H · D / 2
override PAIRS: u32;
override INTERLEAVED: bool;

@group(0) @binding(0) var<storage, read> x: array<f32>;
// [T, D/2] of (cosine, sine)
@group(0) @binding(1) var<storage, read> table: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let pair = (group.y * groups.x + group.x) * 256u + thread;
  if (pair >= PAIRS) { return; }
  let pairsOfHead = D / 2u;
  let row = pair / pairsOfHead;
  let i = pair % pairsOfHead;
  let turn = table[(row / H) * pairsOfHead + i];
  // Neighbouring threads touch neighbouring words in both layouts.
  let first = select(row * D + i, 2u * pair, INTERLEAVED);
  let second = select(first + pairsOfHead, first + 1u, INTERLEAVED);
  let a = x[first];
  let b = x[second];
  out[first] = a * turn.x - b * turn.y;
  out[second] = a * turn.y + b * turn.x;
}
