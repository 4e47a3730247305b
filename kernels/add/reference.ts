import type { Reference } from '../kernel.ts';
import { overflowing } from '../lib/elementwise.ts';
import type { Pair } from '../lib/pairs.ts';

/**
 * a + b in float64, Infinity where it rounds to that in float32. `scale`, for a device that may take denormals for 0 in what it
 * reads and in what it writes: a float32 spacing, and not below what two flushed addends make.
 */
export function addReference({ a, b }: Pair): Reference {
  const values = Float64Array.from(a, (v, i) => overflowing(v + b[i]!));
  const scale = values.map((v) => Math.max(Math.abs(v) * 2 ** -24, 2 ** -125));
  return { values, scale };
}
