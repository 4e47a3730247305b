// x · Φ(x) with Φ(x) = A² / (A² + B²), the rational function of lib/activations.as.ts.
//
// Numbers are read and written as bits: WGSL lets a compiler assume that no NaN or Infinity occurs.
@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;

const SIGN = vec4u(0x80000000u);
const INFINITY = vec4u(0x7f800000u);
// 5.6: above, Φ(x) rounds to 1; below −5.6 it is under 2^-26 and taken as 0.
const LARGE = vec4u(0x40b33333u);

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i >= arrayLength(&x)) { return; }
  let bits = x[i];
  let magnitude = bits & ~SIGN;
  let a = bitcast<vec4f>(min(magnitude, LARGE) | (bits & SIGN));
  let u = a * a;
  let p = a * (0.39894237 + u * (0.0591645564 + u * (0.0031271678 + u * 0.000133587615)));
  let q = 1.0 + u * (0.155816817 + u * (0.0129231554 + u * (0.000880993637 + u * 7.40421102e-6)));
  let A = q + p;
  let B = q - p;
  let A2 = A * A;
  let inside = bitcast<vec4u>(a * (A2 / (A2 + B * B)));
  let negative = bits >= SIGN;
  // Beyond ±5.6: NaN and positive numbers are themselves, negative ones give 0.
  let beyond = select(bits, vec4u(0u), negative & (magnitude <= INFINITY));
  out[i] = select(inside, beyond, magnitude > LARGE);
}
