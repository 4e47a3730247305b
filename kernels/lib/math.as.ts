/**
 * Vector functions that several modules share (AssemblyScript).
 *
 * Constants come from memory, four copies each: V8 13 and later builds a v128 constant anew at every use inside a loop
 * (three instructions), while a load from a fixed address is one memory operand. The table lies in the slot of 2 KiB
 * that the build gives each module.
 */

const EXP: usize = memory.data<f32>([
  -88.0, -88.0, -88.0, -88.0, //                                         0 lowest argument: rounds to n = −127, for which 2^n comes out as 0
  1.44269504, 1.44269504, 1.44269504, 1.44269504, //                    16 log2(e)
  12582912.0, 12582912.0, 12582912.0, 12582912.0, //                    32 1.5 · 2^23: adding it rounds to an integer
  -0.693145751953125, -0.693145751953125, -0.693145751953125, -0.693145751953125, // 48 −ln 2, low 9 bits zero: n · this is exact
  -1.428606820309417e-6, -1.428606820309417e-6, -1.428606820309417e-6, -1.428606820309417e-6, // 64 −ln 2, the rest
  0.001381459878757596, 0.001381459878757596, 0.001381459878757596, 0.001381459878757596, // 80 c6
  0.008368716575205326, 0.008368716575205326, 0.008368716575205326, 0.008368716575205326, // 96 c5
  0.04166838899254799, 0.04166838899254799, 0.04166838899254799, 0.04166838899254799, // 112 c4
  0.1666652113199234, 0.1666652113199234, 0.1666652113199234, 0.1666652113199234, //   128 c3
  0.4999999403953552, 0.4999999403953552, 0.4999999403953552, 0.4999999403953552, //   144 c2
  1.0, 1.0, 1.0, 1.0, //                                               160 c1 and c0
  -104.0, -104.0, -104.0, -104.0, //                                   176 e^this rounds to 0
  89.0, 89.0, 89.0, 89.0, //                                           192 e^this is beyond the largest float32
]);

/** The n of e^x = 2^n · p(r) as an integer in the low bits of 1.5 · 2^23 + n. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return f32x4.relaxed_madd(x, v128.load(EXP, 16), v128.load(EXP, 32));
}

/**
 * p(r) with r = x − n ln 2: the polynomial of degree 6 of least relative error on ±ln 2 / 2 (fitted with c0 = c1 = 1 by Lawson's
 * reweighted least squares, 3.1e-9 before rounding), after Cody and Waite's range reduction.
 */
// @ts-ignore: decorator
@inline
function mantissa(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, v128.load(EXP, 32));
  let r = f32x4.relaxed_madd(n, v128.load(EXP, 48), x);
  r = f32x4.relaxed_madd(n, v128.load(EXP, 64), r);
  let p = f32x4.relaxed_madd(v128.load(EXP, 80), r, v128.load(EXP, 96));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP, 112));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP, 128));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP, 144));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP, 160));
  return f32x4.relaxed_madd(p, r, v128.load(EXP, 160));
}

/**
 * e^x for x up to 88.37, relative error below 1.2e-7 (0.71 ULP) down to −87.33; 0 below −87.68, NaN for NaN. From 88.37 to 88.7
 * it is Infinity; beyond, whatever the bits make.
 */
// @ts-ignore: decorator
@inline
export function exp(input: v128): v128 {
  // pmax keeps a NaN in its first operand and is one instruction, unlike max.
  const x = f32x4.pmax(input, v128.load(EXP));
  const t = rounded(x);
  // The integer n moved into the exponent field, plus the bits of 1.0, is 2^n, and 0 for n = −127.
  return f32x4.mul(mantissa(x, t), i32x4.add(i32x4.shl(t, 23), v128.load(EXP, 160)));
}

/**
 * e^x for every x: denormal below −87.34, 0 below −103.98, Infinity above 88.72, NaN for NaN; below 1 ULP. Five instructions more
 * than `exp`: 2^n in two factors, because it is no float32 itself at either end.
 */
// @ts-ignore: decorator
@inline
export function expAnywhere(input: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(input, v128.load(EXP, 176)), v128.load(EXP, 192));
  const t = rounded(x);
  const n = i32x4.sub(t, v128.load(EXP, 32));
  const half = i32x4.shr_s(n, 1);
  const first = i32x4.add(i32x4.shl(half, 23), v128.load(EXP, 160));
  const second = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), v128.load(EXP, 160));
  return f32x4.mul(f32x4.mul(mantissa(x, t), first), second);
}

/**
 * ln x of a positive normal number, once a row: ln m errs by less than 2e-12 of itself. NaN for NaN and from 0 down.
 * x = 2^n · m with m between √½ and √2, and ln m = 2 artanh t, t = (m − 1) / (m + 1): each term of its series is 34 times smaller.
 */
export function log(x: f64): f64 {
  if (!(x > 0)) return NaN;
  const bits = reinterpret<i64>(x);
  // Rounded: the bits of √½ are subtracted before the exponent is taken.
  const n = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (n << 52));
  const t = (m - 1) / (m + 1);
  const u = t * t;
  const series = 1 + u * (1.0 / 3 + u * (1.0 / 5 + u * (1.0 / 7 + u * (1.0 / 9 + u * (1.0 / 11 + u * (1.0 / 13))))));
  return f64(n) * 0.6931471805599453 + 2 * t * series;
}

/** Sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of the four lanes, in all of them; of numbers alone. pmax is one instruction, the maximum of two floats several. */
// @ts-ignore: decorator
@inline
export function largestLane(v: v128): v128 {
  const pairs = f32x4.pmax(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.pmax(pairs, i8x16.shuffle(pairs, pairs, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
}

/** First item of part `part` of `parts` of `n` items: the same split as `firstOf` in pool.ts. */
// @ts-ignore: decorator
@inline
export function firstOf(n: i32, part: i32, parts: i32): i32 {
  return i32((i64(n) * i64(part)) / i64(parts));
}
