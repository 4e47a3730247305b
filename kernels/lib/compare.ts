import type { FloatArray, Metric, Reference } from '../kernel.ts';

export interface Comparison {
  /** The error in the metric's unit; Infinity where NaN, ±Infinity or the length does not match. */
  readonly value: number;
  /** Flat output index of the worst element; -1 when the lengths differ. */
  readonly index: number;
  /** What was found and expected at `index`. */
  readonly got: number;
  readonly expected: number;
}

/** Spacing of float32 numbers at |x| (2⁻¹⁴⁹ for denormals and zero). */
export function ulp32(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 2 ** -126) return 2 ** -149;
  // Math.log2 may round up just below a power of two, so that the exponent is taken from the bits.
  F64[0] = magnitude;
  const exponent = ((U32[1]! >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(exponent, 127) - 23);
}
const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer); // little-endian, as every engine with typed arrays in use is

/**
 * Compares an output with its reference by one metric (see {@link Metric}). A NaN in the output passes only where the
 * reference is NaN; a matching Infinity counts as no error and does not spoil the other elements.
 * @param size length that the output must have; for a full reference its own length
 */
export function compare(
  out: FloatArray,
  ref: Reference,
  metric: Metric,
  size = ref.values.length,
): Comparison {
  if (out.length !== size)
    return { value: Number.POSITIVE_INFINITY, index: -1, got: out.length, expected: size };
  let worst = -1;
  let at = 0;
  let errorSquares = 0;
  let refSquares = 0;
  for (let i = 0; i < ref.values.length; i++) {
    const index = ref.indices ? ref.indices[i]! : i;
    const got = out[index]!;
    const expected = ref.values[i]!;
    let error: number;
    if (Number.isNaN(expected)) error = Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY;
    else if (!Number.isFinite(expected) || !Number.isFinite(got))
      error = got === expected ? 0 : Number.POSITIVE_INFINITY;
    else {
      const e = Math.abs(got - expected);
      if (metric === 'nmse') {
        errorSquares += e * e;
        refSquares += expected * expected;
      }
      error = e === 0 ? 0 : e / denominator(metric, expected, ref.scale?.[i]);
    }
    // !(error <= worst) rather than >, so that a NaN error is taken as the worst.
    if (!(error <= worst)) {
      worst = error;
      at = index;
    }
    if (Number.isNaN(worst)) break;
  }
  const k = ref.indices ? ref.indices.indexOf(at) : at;
  const found = { index: at, got: out[at] ?? Number.NaN, expected: ref.values[k] ?? Number.NaN };
  if (metric === 'nmse' && Number.isFinite(worst)) {
    return { ...found, value: errorSquares === 0 ? 0 : errorSquares / refSquares };
  }
  return { ...found, value: Number.isNaN(worst) ? Number.POSITIVE_INFINITY : Math.max(worst, 0) };
}

function denominator(metric: Metric, expected: number, scale: number | undefined): number {
  switch (metric) {
    case 'rel':
      return Math.abs(expected);
    case 'ulp':
      return ulp32(expected);
    case 'scaled':
      if (scale === undefined) throw new Error('metric "scaled" needs a reference that returns `scale`');
      return scale;
    default:
      return 1;
  }
}
