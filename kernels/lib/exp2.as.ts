/** 2^x for weights of a softmax (AssemblyScript); why constants lie in memory, see math.as.ts. */

const EXP2: usize = memory.data<f32>([
  -126.0, -126.0, -126.0, -126.0, //               0 below, the result is denormal
  12582912.0, 12582912.0, 12582912.0, 12582912.0, // 16 1.5 · 2^23: adding it rounds to an integer
  0.0013264727, 0.0013264727, 0.0013264727, 0.0013264727, //   32 c5
  0.009671513, 0.009671513, 0.009671513, 0.009671513, //       48 c4
  0.055507336, 0.055507336, 0.055507336, 0.055507336, //       64 c3
  0.24022242, 0.24022242, 0.24022242, 0.24022242, //           80 c2
  0.693147, 0.693147, 0.693147, 0.693147, //                   96 c1
  1.0, 1.0, 1.0, 1.0, //                                      112 c0
]);

/**
 * 2^x on [−126, 127]; smaller x gives 2^−126, NaN gives NaN. Relative error below 1.7e-7: a polynomial of degree 5
 * (least relative error on ±1/2 with c0 = 1, by Lawson's reweighted least squares: 9.1e-8 before rounding), as every weight of a softmax
 * is divided by their sum, which is off by as much. The integer part of x is found by adding 1.5 · 2^23, and what is left is
 * exact: no second step of range reduction, as e^x needs.
 */
// @ts-ignore: decorator
@inline
export function exp2(input: v128): v128 {
  // pmax keeps a NaN in its first operand and is one instruction, unlike max.
  const x = f32x4.pmax(input, v128.load(EXP2));
  const t = f32x4.add(x, v128.load(EXP2, 16));
  const r = f32x4.sub(x, f32x4.sub(t, v128.load(EXP2, 16)));
  let p = f32x4.relaxed_madd(v128.load(EXP2, 32), r, v128.load(EXP2, 48));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 64));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 80));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 96));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 112));
  // The integer stands in the low bits of t; moved into the exponent field, plus the bits of 1.0, it is 2^n.
  return f32x4.mul(p, i32x4.add(i32x4.shl(t, 23), v128.load(EXP2, 112)));
}
