// What element-wise shaders share, vectors of four at a time: the bits of float32, and the exponential of lib/math.as.ts.
const SIGN = vec4u(0x80000000u);
const ONE = vec4u(0x3f800000u);
const INFINITY = vec4u(0x7f800000u);
// 87.33654: e^−87.33654 is the smallest normal float32.
const NORMAL_EXP = vec4u(0x42aeac4fu);

// 2^n, n in −126 … 127.
fn power(n: vec4i) -> vec4f { return bitcast<vec4f>((n + 127) << vec4u(23u)); }

// The n of e^v = 2^n · p(v − n ln 2).
fn exponent(v: vec4f) -> vec4f { return round(v * 1.44269504); }

fn polynomial(v: vec4f, n: vec4f) -> vec4f {
  // n ln 2 in two parts. By way of an integer, since Mesa makes n·a + (n·b + v) into n·(a + b) + v, and of two parts one.
  let twice = vec4f(vec4i(n) << vec4u(1u));
  let r = fma(twice, vec4f(-7.143034101547085e-7), fma(n, vec4f(-0.693145751953125), v));
  var p = fma(vec4f(0.001381459878757596), r, vec4f(0.008368716575205326));
  p = fma(p, r, vec4f(0.04166838899254799));
  p = fma(p, r, vec4f(0.1666652113199234));
  p = fma(p, r, vec4f(0.4999999403953552));
  p = fma(p, r, vec4f(1.0));
  return fma(p, r, vec4f(1.0));
}

// e^v within ±87.33654: WGSL lets its own exp be wrong by 3 + 2|v| ULP.
fn exponential(v: vec4f) -> vec4f {
  let n = exponent(v);
  return polynomial(v, n) * power(vec4i(n));
}
