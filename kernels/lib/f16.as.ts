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
