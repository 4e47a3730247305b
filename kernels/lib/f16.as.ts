/** Half precision without an f16 instruction, which WASM does not have (AssemblyScript). */

/** Bits of the float32 that equals the half `code`, for zero, denormals, ±Infinity and NaN. */
function unusual(code: u32): f32 {
  const magnitude = code & 0x7fff;
  if (magnitude >= 0x7c00) return reinterpret<f32>(((code & 0x8000) << 16) | ((magnitude << 13) + 0x70000000));
  return f32.copysign(f32(magnitude) * <f32>5.9604644775390625e-8, reinterpret<f32>(code << 16)); // 2^-24
}

/**
 * The value of the half at address `p`, exactly. Scales of weights are normal numbers, for which moving the fields and
 * rebiasing the exponent from 15 to 127 is enough; one well-predicted branch keeps the rest out of the loop.
 */
// @ts-ignore: decorator
@inline
export function loadHalf(p: usize): f32 {
  const code = u32(load<u16>(p));
  const magnitude = code & 0x7fff;
  if (magnitude - 0x0400 >= 0x7800) return unusual(code);
  return reinterpret<f32>(((code & 0x8000) << 16) | ((magnitude << 13) + 0x38000000));
}

const MAGNITUDE: usize = memory.data<u32>([0x0fffe000, 0x0fffe000, 0x0fffe000, 0x0fffe000]);
const SIGN: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000]);
const REBIAS: usize = memory.data<f32>([5.192296858534828e33, 5.192296858534828e33, 5.192296858534828e33, 5.192296858534828e33]); // 2^112
const INFINITE: usize = memory.data<f32>([65536.0, 65536.0, 65536.0, 65536.0]);
const EXPONENT: usize = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000]);

/**
 * The values of the four halves at address `p`, exactly: a product with 2^112 rebiases the exponent and makes denormals normal.
 * The codes of Infinity and NaN come out of it at 65536 and above, where their exponent is then filled with ones.
 */
// @ts-ignore: decorator
@inline
export function loadFourHalves(p: usize): v128 {
  // Sign-extended, so that the sign arrives in bit 31 with the other bits 13 places up.
  const bits = i32x4.shl(v128.load16x4_s(p), 13);
  const magnitude = f32x4.mul(v128.and(bits, v128.load(MAGNITUDE)), v128.load(REBIAS));
  const infinite = v128.and(f32x4.ge(magnitude, v128.load(INFINITE)), v128.load(EXPONENT));
  return v128.or(v128.or(magnitude, infinite), v128.and(bits, v128.load(SIGN)));
}

/** The same of finite halves, with fewer steps; the codes of Infinity and NaN give magnitudes from 65536 on. */
// @ts-ignore: decorator
@inline
export function loadFourFiniteHalves(p: usize): v128 {
  const bits = i32x4.shl(v128.load16x4_s(p), 13);
  return f32x4.mul(v128.and(bits, v128.load(SIGNED)), v128.load(REBIAS));
}
const SIGNED: usize = memory.data<u32>([0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000]);

const INFINITY_BITS: usize = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000]);
const HALF_NAN: usize = memory.data<u32>([0x7e00, 0x7e00, 0x7e00, 0x7e00]);
const HALF_INFINITY: usize = memory.data<u32>([0x7c00, 0x7c00, 0x7c00, 0x7c00]);
/** 2^16, from which on all is Infinity; what rounds up to it gets there by itself. */
const TOO_LARGE: usize = memory.data<u32>([0x47800000, 0x47800000, 0x47800000, 0x47800000]);
/** 2^-14, the least normal half. */
const LEAST_NORMAL: usize = memory.data<u32>([0x38800000, 0x38800000, 0x38800000, 0x38800000]);
/** 0.5, whose last bit is 2^-24, the least half: adding it rounds a denormal half to its place in the low bits. */
const ONE_HALF: usize = memory.data<u32>([0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000]);
/** 127 − 15 taken off the exponent, and just less than half of the 13 bits that go. */
const REBIAS_AND_ROUND: usize = memory.data<u32>([0xc8000fff, 0xc8000fff, 0xc8000fff, 0xc8000fff]);
const ONE: usize = memory.data<u32>([1, 1, 1, 1]);

/**
 * The half codes nearest to four floats, ties to even, as signed 32-bit lanes that fit 16 bits; any NaN is 0x7e00. The three
 * ranges (too large, normal, denormal) are all computed and chosen from, as in Giesen's float→half conversions (2012).
 */
// @ts-ignore: decorator
@inline
export function encodeFour(x: v128): v128 {
  const sign = v128.and(x, v128.load(SIGN));
  const a = v128.xor(x, sign);
  const odd = v128.and(i32x4.shr_u(a, 13), v128.load(ONE));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(a, v128.load(REBIAS_AND_ROUND)), odd), 13);
  const denormal = i32x4.sub(f32x4.add(a, v128.load(ONE_HALF)), v128.load(ONE_HALF));
  let code = v128.bitselect(denormal, normal, i32x4.lt_s(a, v128.load(LEAST_NORMAL)));
  code = v128.bitselect(v128.load(HALF_INFINITY), code, i32x4.ge_s(a, v128.load(TOO_LARGE)));
  code = v128.or(code, i32x4.shr_s(sign, 16));
  return v128.bitselect(v128.load(HALF_NAN), code, i32x4.gt_s(a, v128.load(INFINITY_BITS)));
}
