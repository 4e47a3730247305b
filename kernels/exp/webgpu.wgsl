// 88.72284: above, e^x rounds to Infinity.
const HIGHEST = vec4u(0x42b17218u);
// 103.97: e^−103.97 is the smallest denormal.
const LOWEST = vec4u(0x42cff0a4u);

// e^x for every x, 2^n in two factors: 2^n alone is no float32 at either end.
fn apply(bits: vec4u) -> vec4u {
  let magnitude = bits & ~SIGN;
  let negative = bits >= SIGN;
  let limit = select(HIGHEST, LOWEST, negative);
  let v = bitcast<vec4f>(min(magnitude, limit) | (bits & SIGN));
  let n = exponent(v);
  let whole = vec4i(n);
  let half = whole >> vec4u(1u);
  let inside = bitcast<vec4u>(polynomial(v, n) * power(half) * power(whole - half));
  let beyond = select(select(INFINITY, vec4u(0u), negative), bits, magnitude > INFINITY);
  return select(inside, beyond, magnitude >= limit);
}
