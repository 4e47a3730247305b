import type { Reference } from '../kernel.ts';
import { overflowing, ulpOrFlushed } from '../lib/elementwise.ts';

/** Error of the WebGPU variant in ULP: its polynomial in float32, without fused multiply-add where the device has none. */
export const GPU_ULP = 4;

/** e^x in float64, Infinity where it rounds to that in float32. `scale` is for a device that takes denormals for 0. */
export function expReference(x: Float32Array): Reference {
  const values = Float64Array.from(x, (v) => overflowing(Math.exp(v)));
  return { values, scale: ulpOrFlushed(values, GPU_ULP) };
}
