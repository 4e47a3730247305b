// x / (1 + e^(−x)). Beyond ±87.33654 the result is 0 (it is below 2e-36) or x.
fn apply(bits: vec4u) -> vec4u {
  let magnitude = bits & ~SIGN;
  let a = bitcast<vec4f>(min(magnitude, NORMAL_EXP) | (bits & SIGN));
  let inside = bitcast<vec4u>(a / (1.0 + exponential(-a)));
  let beyond = select(select(bits, vec4u(0u), bits >= SIGN), bits, magnitude > INFINITY);
  return select(inside, beyond, magnitude > NORMAL_EXP);
}
