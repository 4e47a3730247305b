import type { Reference } from '../kernel.ts';

/** The element where it is positive or NaN, else 0. */
export function reluReference(x: Float32Array): Reference {
  return { values: Float64Array.from(x, (v) => (v > 0 || Number.isNaN(v) ? v : 0)) };
}
