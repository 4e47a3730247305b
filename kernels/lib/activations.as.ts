/**
 * Activation functions of a vector (AssemblyScript), for the element-wise kernels and for kernels that fuse one into their
 * last step. Constants come from memory, four copies each: see math.as.ts.
 */
import { exp } from './math.as';

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
  -88.5, -88.5, -88.5, -88.5, //  0 the argument stays above: e^88.5 comes out as Infinity
  -0.0, -0.0, -0.0, -0.0, // 16 the sign bit
  1.0, 1.0, 1.0, 1.0, // 32
]);

/** 1 + e^(−x), Infinity below −88.37, NaN for NaN. */
// @ts-ignore: decorator
@inline
function onePlusExpMinus(x: v128): v128 {
  return f32x4.add(exp(v128.xor(x, v128.load(LOGISTIC, 16))), v128.load(LOGISTIC, 32));
}

/**
 * The logistic function 1 / (1 + e^(−x)), below 2.5 ULP down to −87.33; 0 below −88.37 where the result would be denormal, NaN for
 * NaN. No branch on the sign: a large e^(−x) carries its relative error through the division unchanged.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  // pmax keeps a NaN in its first operand.
  return f32x4.div(v128.load(LOGISTIC, 32), onePlusExpMinus(f32x4.pmax(x, v128.load(LOGISTIC))));
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
