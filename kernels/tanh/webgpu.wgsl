// tanh(x) = 2t / (1 + t²) with t = n / d ≈ tanh(|x|/2), the rational function of lib/activations.as.ts.
//
// Numbers are read and written as bits: WGSL lets a compiler assume that no NaN or Infinity occurs, and flush denormals.
@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;

const SIGN = vec4u(0x80000000u);
const INFINITY = vec4u(0x7f800000u);
const ONE = vec4u(0x3f800000u);
// 9.016, where tanh rounds to 1.
const LARGE = vec4u(0x41104189u);
// 2^-12: below, tanh(x) rounds to x or its neighbour.
const SMALL = vec4u(0x39800000u);

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * groups.x + group.x) * 256u + thread;
  if (i >= arrayLength(&x)) { return; }
  let bits = x[i];
  let magnitude = bits & ~SIGN;
  let a = bitcast<vec4f>(min(magnitude, LARGE));
  let u = a * a;
  let n = a * (0.9225 + u * (0.0274696928 + u * 0.000105472274));
  let d = 1.845 + u * (0.208689332 + u * (0.00222678785 + u * 2.2706115e-6));
  // Never above 1, whatever the rounding of the division.
  let t = min(bitcast<vec4u>(2.0 * n * d / (d * d + n * n)), ONE);
  let passed = (magnitude < SMALL) | (magnitude > INFINITY);
  out[i] = select(t | (bits & SIGN), bits, passed);
}
