import type { Reference } from '../kernel.ts';
import { ulpOrFlushed } from '../lib/elementwise.ts';
import { ULP } from './constants.ts';

/** x e^x / (1 + e^x) where x is negative, so that nothing overflows, else x / (1 + e^(−x)); in float64. −Infinity gives its limit 0. */
export function siluReference(x: Float32Array): Reference {
  const values = Float64Array.from(x, (v) => {
    if (v === -Infinity) return 0;
    const e = Math.exp(-Math.abs(v));
    return (v * (v < 0 ? e : 1)) / (1 + e);
  });
  return { values, scale: ulpOrFlushed(values, ULP, 2 ** -118) };
}
