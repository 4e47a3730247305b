import type { Reference } from '../kernel.ts';

/** Of the kernel's tolerance. */
export const BOUND = 2 ** -23;

/** g · min(1, 1 / |g|₂) in float64, which holds the square of every float32. */
export function clipReference(g: Float32Array): Reference {
  const norm = Math.sqrt(g.reduce((sum, v) => sum + v * v, 0));
  const values = Float64Array.from(g, (v) => v * Math.min(1, 1 / norm));
  return { values, scale: values.map((v) => Math.abs(v) + 2 ** -149 / BOUND) };
}
