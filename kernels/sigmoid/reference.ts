import type { Reference } from '../kernel.ts';
import { ulpOrFlushed } from '../lib/elementwise.ts';
import { ULP } from './constants.ts';

/** e^x / (1 + e^x) where x is negative, so that nothing overflows, else 1 / (1 + e^(−x)); in float64. */
export function sigmoidReference(x: Float32Array): Reference {
  const values = Float64Array.from(x, (v) => {
    const e = Math.exp(-Math.abs(v));
    return (v < 0 ? e : 1) / (1 + e);
  });
  return { values, scale: ulpOrFlushed(values, ULP) };
}
