// 9.016, where tanh rounds to 1.
const LARGE = vec4u(0x41104189u);
// 2^-12: below, tanh(x) rounds to x or its neighbour.
const SMALL = vec4u(0x39800000u);

// tanh(x) = 2t / (1 + t²) with t = n / d ≈ tanh(|x|/2), the rational function of lib/activations.as.ts.
fn apply(bits: vec4u) -> vec4u {
  let magnitude = bits & ~SIGN;
  let a = bitcast<vec4f>(min(magnitude, LARGE));
  let u = a * a;
  let n = a * (0.9225 + u * (0.0274696928 + u * 0.000105472274));
  let d = 1.845 + u * (0.208689332 + u * (0.00222678785 + u * 2.2706115e-6));
  // Never above 1, whatever the rounding of the division.
  let t = min(bitcast<vec4u>(2.0 * n * d / (d * d + n * n)), ONE);
  let passed = (magnitude < SMALL) | (magnitude > INFINITY);
  return select(t | (bits & SIGN), bits, passed);
}
