/** Multiply-add on engines with relaxed SIMD and without (AssemblyScript). */

/** How a product is added: with one rounding (relaxed SIMD), or with two, for engines that have only plain SIMD. */
export type Fused = i32;
export type Split = f32;

// @ts-ignore: decorator
@inline
export function madd<F>(a: v128, b: v128, c: v128): v128 {
  if (isFloat<F>()) return f32x4.add(f32x4.mul(a, b), c);
  return f32x4.relaxed_madd(a, b, c);
}
