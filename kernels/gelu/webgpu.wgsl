// 5.6: above, Φ(x) rounds to 1; below −5.6 it is under 2^-26 and taken as 0.
const LARGE = vec4u(0x40b33333u);

// x · Φ(x) with Φ(x) = A² / (A² + B²), the rational function of lib/activations.as.ts.
fn apply(bits: vec4u) -> vec4u {
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
  return select(inside, beyond, magnitude > LARGE);
}
