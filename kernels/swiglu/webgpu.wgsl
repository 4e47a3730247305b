// a / (1 + e^(−a)). Beyond ±87.33654 it is 0 (it is below 2e-36) or a.
fn silu(bits: vec4u) -> vec4u {
  let magnitude = bits & ~SIGN;
  let a = bitcast<vec4f>(min(magnitude, NORMAL_EXP) | (bits & SIGN));
  let inside = bitcast<vec4u>(a / (1.0 + exponential(-a)));
  let beyond = select(select(bits, vec4u(0u), bits >= SIGN), bits, magnitude > INFINITY);
  return select(inside, beyond, magnitude > NORMAL_EXP);
}

// silu(a) · b. Hardware multiplies infinities and NaN as IEEE 754 says; a compiler knows of none here, where all come from memory.
fn apply(a: vec4u, b: vec4u) -> vec4u {
  return bitcast<vec4u>(bitcast<vec4f>(silu(a)) * bitcast<vec4f>(b));
}
