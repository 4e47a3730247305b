// gelu(x + bias): see gelu/webgpu.wgsl. Read as bits: WGSL lets a compiler assume that no NaN or Infinity occurs.
override C: u32;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> bias: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
// 5.6: above, Φ(v) rounds to 1; below −5.6 it is under 2^-26 and taken as 0.
const LARGE = 0x40b33333u;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i >= arrayLength(&x)) { return; }
  let bits = bitcast<u32>(bitcast<f32>(x[i]) + bitcast<f32>(bias[i % C]));
  let magnitude = bits & ~SIGN;
  let a = bitcast<f32>(min(magnitude, LARGE) | (bits & SIGN));
  let u = a * a;
  let p = a * (0.39894237 + u * (0.0591645564 + u * (0.0031271678 + u * 0.000133587615)));
  let q = 1.0 + u * (0.155816817 + u * (0.0129231554 + u * (0.000880993637 + u * 7.40421102e-6)));
  let A = q + p;
  let B = q - p;
  let A2 = A * A;
  let inside = bitcast<u32>(a * (A2 / (A2 + B * B)));
  // Beyond ±5.6: NaN and positive numbers are themselves, negative ones give 0.
  let beyond = select(bits, 0u, bits >= SIGN && magnitude <= INFINITY);
  out[i] = select(inside, beyond, magnitude > LARGE);
}
