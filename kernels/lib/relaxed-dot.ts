/** What the engine's relaxed int8 dot product does with a second operand beyond 7 bits, which the specification leaves open. */

/**
 * - `signed`: exact with second operands of −128 … 127 (Arm's sdot, x86 with AVX-VNNI-INT8)
 * - `unsigned`: exact with 0 … 255 (x86 with AVX-VNNI)
 * - `seven`: exact with 0 … 127 only, which all promise
 * - `wrong`: not even that: the baseline compiler of Node 20 doubles every product, until the code is optimised
 * - `none`: no such instruction: engines refuse a module that holds one
 */
export type RelaxedDot = 'signed' | 'unsigned' | 'seven' | 'wrong' | 'none';

/** (a, b) → lane 0 of i32x4.relaxed_dot_i8x16_i7x16_add_s(splat a, splat b, 0), as `p`. */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f], // type: (i32, i32) → i32
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x70, 0x00, 0x00], // one function, exported
  ...[0x0a, 0x16, 0x01, 0x14, 0x00, 0x20, 0x00, 0xfd, 0x0f, 0x20, 0x01, 0xfd, 0x0f],
  ...[0x41, 0x00, 0xfd, 0x11, 0xfd, 0x93, 0x02, 0xfd, 0x1b, 0x00, 0x0b],
);

let known: RelaxedDot | undefined;

/** The same at every call: relaxed instructions may differ between engines, not within one. */
export function relaxedDot(): RelaxedDot {
  known ??= probe();
  return known;
}

function probe(): RelaxedDot {
  if (!WebAssembly.validate(PROBE)) return 'none';
  const { p } = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports as {
    p: (a: number, b: number) => number;
  };
  // With both signs of the first operand: sums of two products may be cut off at 16 bits.
  const is = (b: number, value: number) => p(127, b) === 4 * 127 * value && p(-128, b) === 4 * -128 * value;
  if (!is(127, 127)) return 'wrong';
  if (is(255, 255)) return 'unsigned';
  if (is(255, -1) && is(128, -128)) return 'signed';
  return 'seven';
}

/** Why variants whose products are relaxed dot products cannot run, or undefined. */
export function withoutRelaxedDot(): string | undefined {
  if (relaxedDot() === 'none') return 'this engine has no relaxed int8 dot product';
  return relaxedDot() === 'wrong'
    ? 'the baseline compiler of this engine computes the relaxed int8 dot product wrongly'
    : undefined;
}
