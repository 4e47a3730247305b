// max(x, 0) by the bits: WGSL leaves open what max() makes of a NaN. Cleared is what has the sign bit set and is not NaN: −0 and below.
fn apply(bits: vec4u) -> vec4u {
  let cleared = (bits >= SIGN) & ((bits & ~SIGN) <= INFINITY);
  return select(bits, vec4u(0u), cleared);
}
