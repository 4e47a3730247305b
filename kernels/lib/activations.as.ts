/**
 * Activation functions of a vector (AssemblyScript), for the element-wise kernels and for kernels that fuse one into their
 * last step. Constants come from memory, four copies each: see math.as.ts.
 */

const TANH: usize = memory.data<f32>([
  -9.01599979, -9.01599979, -9.01599979, -9.01599979, //  0 the argument stays within: tanh
  9.01599979, 9.01599979, 9.01599979, 9.01599979, // 16 rounds to ±1 there
  2.2706115e-06, 2.2706115e-06, 2.2706115e-06, 2.2706115e-06, // 32 q3
  0.00222678785, 0.00222678785, 0.00222678785, 0.00222678785, // 48 q2
  0.208689332, 0.208689332, 0.208689332, 0.208689332, // 64 q1
  1.84500003, 1.84500003, 1.84500003, 1.84500003, // 80 q0
  0.000105472274, 0.000105472274, 0.000105472274, 0.000105472274, // 96 p2
  0.0274696928, 0.0274696928, 0.0274696928, 0.0274696928, // 112 p1
  0.922500014, 0.922500014, 0.922500014, 0.922500014, // 128 p0
]);

/**
 * tanh(x): error below 3.1 ULP (3.6 where the engine has no fused multiply-add), ±1 beyond ±9.016, NaN for NaN.
 *
 * tanh(x/2) ≈ t = x·P(x²) / Q(x²), then tanh(x) = 2t / (1 + t²), which multiplies the relative error of t by 1 / cosh(x):
 * a rational of degree 5/6 is enough, and rounding does no harm where tanh is near 1 (a rational 9/8 of tanh itself takes as
 * many operations and errs by 5 to 6 ULP there). P and Q: least error of tanh on [0, 9.02] relative to tanh (7.4e-9) with
 * p0 = q0/2, by Remez' algorithm. Both are scaled by 1.845, because a value just below a power of two has the smallest
 * relative rounding error: 4.8 ULP become 3.1. The bounds are maxima over every float32 in [2^-13, 9.2].
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  // pmax and pmin keep a NaN in their first operand.
  const a = f32x4.pmin(f32x4.pmax(x, v128.load(TANH)), v128.load(TANH, 16));
  const u = f32x4.mul(a, a);
  let d = f32x4.relaxed_madd(v128.load(TANH, 32), u, v128.load(TANH, 48));
  d = f32x4.relaxed_madd(d, u, v128.load(TANH, 64));
  d = f32x4.relaxed_madd(d, u, v128.load(TANH, 80));
  let n = f32x4.relaxed_madd(v128.load(TANH, 96), u, v128.load(TANH, 112));
  n = f32x4.mul(f32x4.relaxed_madd(n, u, v128.load(TANH, 128)), a);
  const half = f32x4.mul(n, d);
  return f32x4.div(f32x4.add(half, half), f32x4.relaxed_madd(d, d, f32x4.mul(n, n)));
}

const GELU: usize = memory.data<f32>([
  -5.5999999, -5.5999999, -5.5999999, -5.5999999, //  0 below, Φ(x) is under 2^-26 and taken as 0
  5.5999999, 5.5999999, 5.5999999, 5.5999999, // 16 above, Φ(x) rounds to 1
  7.40421092e-06, 7.40421092e-06, 7.40421092e-06, 7.40421092e-06, // 32 q4
  0.000880993612, 0.000880993612, 0.000880993612, 0.000880993612, // 48 q3
  0.0129231559, 0.0129231559, 0.0129231559, 0.0129231559, // 64 q2
  0.155816823, 0.155816823, 0.155816823, 0.155816823, // 80 q1
  1.0, 1.0, 1.0, 1.0, // 96 q0
  0.000133587615, 0.000133587615, 0.000133587615, 0.000133587615, // 112 p3
  0.0031271677, 0.0031271677, 0.0031271677, 0.0031271677, // 128 p2
  0.0591645576, 0.0591645576, 0.0591645576, 0.0591645576, // 144 p1
  0.398942381, 0.398942381, 0.398942381, 0.398942381, // 160 p0
]);

/** Φ(a) for |a| ≤ 5.6, as {@link gelu} describes. */
// @ts-ignore: decorator
@inline
export function normalCdf(a: v128): v128 {
  const u = f32x4.mul(a, a);
  let q = f32x4.relaxed_madd(v128.load(GELU, 32), u, v128.load(GELU, 48));
  q = f32x4.relaxed_madd(q, u, v128.load(GELU, 64));
  q = f32x4.relaxed_madd(q, u, v128.load(GELU, 80));
  q = f32x4.relaxed_madd(q, u, v128.load(GELU, 96));
  let p = f32x4.relaxed_madd(v128.load(GELU, 112), u, v128.load(GELU, 128));
  p = f32x4.relaxed_madd(p, u, v128.load(GELU, 144));
  p = f32x4.mul(f32x4.relaxed_madd(p, u, v128.load(GELU, 160)), a);
  const A = f32x4.add(q, p);
  const B = f32x4.sub(q, p);
  const A2 = f32x4.mul(A, A);
  return f32x4.div(A2, f32x4.relaxed_madd(B, B, A2));
}

/**
 * x · Φ(x), the exact GELU: Φ(x) with an absolute error below 1.75e-7 (2.93 · 2^-24), 0 below −5.6, x above 5.6, NaN for NaN.
 *
 * Φ(x) = A² / (A² + B²) with A = Q + x·P, B = Q − x·P and x·P(x²) / Q(x²) ≈ tanh(½ atanh(erf(x/√2))). Squares keep Φ
 * positive, and rounding errors fall with √Φ in the negative tail (with the fit, 2.4e-8 from −3 down), where ½ + ½ erf(x/√2)
 * has the rounding error of ½.
 * P and Q of degree 7/8: least absolute error of Φ on [−5.6, 5.6] (1.34e-8), by Remez' algorithm. The bound is the maximum
 * over every float32 with 2^-13 ≤ |x| ≤ 6, with and without fused multiply-add.
 */
// @ts-ignore: decorator
@inline
export function gelu(x: v128): v128 {
  // 0 and not a clamp: −∞ · 0 would be NaN.
  const y = v128.andnot(x, f32x4.lt(x, v128.load(GELU)));
  const a = f32x4.pmin(y, v128.load(GELU, 16));
  // The quotient first: it is exactly 1 for large x, and y · A² could overflow.
  return f32x4.mul(y, normalCdf(a));
}

const LOGISTIC: usize = memory.data<f32>([
  -88.5, -88.5, -88.5, -88.5, //  0 the argument stays above: 1 + e^88.5 comes out as Infinity
  88.0, 88.0, 88.0, 88.0, // 16 and below: e^−88 rounds to n = −127, for which 2^n comes out as 0
  -1.44269504, -1.44269504, -1.44269504, -1.44269504, // 32 −log2(e)
  12582912.0, 12582912.0, 12582912.0, 12582912.0, // 48 1.5 · 2^23: adding it rounds to an integer
  0.693145751953125, 0.693145751953125, 0.693145751953125, 0.693145751953125, // 64 ln 2, low 9 bits zero: n · this is exact
  1.428606820309417e-6, 1.428606820309417e-6, 1.428606820309417e-6, 1.428606820309417e-6, // 80 ln 2, the rest
  0.001381459878757596, 0.001381459878757596, 0.001381459878757596, 0.001381459878757596, // 96 c6
  -0.008368716575205326, -0.008368716575205326, -0.008368716575205326, -0.008368716575205326, // 112 c5
  0.04166838899254799, 0.04166838899254799, 0.04166838899254799, 0.04166838899254799, // 128 c4
  -0.1666652113199234, -0.1666652113199234, -0.1666652113199234, -0.1666652113199234, // 144 c3
  0.4999999403953552, 0.4999999403953552, 0.4999999403953552, 0.4999999403953552, // 160 c2
  -1.0, -1.0, -1.0, -1.0, // 176 c1
  1.0, 1.0, 1.0, 1.0, // 192 c0
]);

/**
 * 1 + e^(−x) for x from −88.5 up, Infinity below −88.37, NaN for NaN: the polynomial of `exp` in math.as.ts with the sign in its odd
 * coefficients, in x + n ln 2, and its last product and the sum with 1 as one step.
 */
// @ts-ignore: decorator
@inline
function onePlusExpMinus(input: v128): v128 {
  // pmin and pmax keep a NaN in their first operand.
  const x = f32x4.pmin(input, v128.load(LOGISTIC, 16));
  const t = f32x4.relaxed_madd(x, v128.load(LOGISTIC, 32), v128.load(LOGISTIC, 48));
  const n = f32x4.sub(t, v128.load(LOGISTIC, 48));
  let s = f32x4.relaxed_madd(n, v128.load(LOGISTIC, 64), x);
  s = f32x4.relaxed_madd(n, v128.load(LOGISTIC, 80), s);
  let p = f32x4.relaxed_madd(v128.load(LOGISTIC, 96), s, v128.load(LOGISTIC, 112));
  p = f32x4.relaxed_madd(p, s, v128.load(LOGISTIC, 128));
  p = f32x4.relaxed_madd(p, s, v128.load(LOGISTIC, 144));
  p = f32x4.relaxed_madd(p, s, v128.load(LOGISTIC, 160));
  p = f32x4.relaxed_madd(p, s, v128.load(LOGISTIC, 176));
  p = f32x4.relaxed_madd(p, s, v128.load(LOGISTIC, 192));
  // The integer n moved into the exponent field, plus the bits of 1.0, is 2^n.
  return f32x4.relaxed_madd(p, i32x4.add(i32x4.shl(t, 23), v128.load(LOGISTIC, 192)), v128.load(LOGISTIC, 192));
}

/**
 * The logistic function 1 / (1 + e^(−x)), below 2.5 ULP down to −87.33; 0 below −88.37 where the result would be denormal, NaN for
 * NaN. No branch on the sign: a large e^(−x) carries its relative error through the division unchanged.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(v128.load(LOGISTIC, 192), onePlusExpMinus(f32x4.pmax(x, v128.load(LOGISTIC))));
}

/**
 * x / (1 + e^(−x)): Elfwing et al., "Sigmoid-weighted linear units" (2017). Below 2.5 ULP down to −87.33; −0 below −88.37, where
 * |x e^x| < 4e-37, and for −Infinity; NaN for NaN.
 */
// @ts-ignore: decorator
@inline
export function silu(x: v128): v128 {
  // Clamped in the numerator too: −∞ / ∞ would be NaN.
  const y = f32x4.pmax(x, v128.load(LOGISTIC));
  return f32x4.div(y, onePlusExpMinus(y));
}
