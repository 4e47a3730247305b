import type { Reference } from '../kernel.ts';
import { overflowing, ulpOrFlushed } from '../lib/elementwise.ts';
import { GPU_ULP } from './constants.ts';

/** e^x in float64, Infinity where it rounds to that in float32. `scale` is for a device that takes denormals for 0. */
export function expReference(x: Float32Array): Reference {
  const values = Float64Array.from(x, (v) => overflowing(Math.exp(v)));
  return { values, scale: ulpOrFlushed(values, GPU_ULP) };
}
