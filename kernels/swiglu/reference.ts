import type { Reference } from '../kernel.ts';
import { ulp32 } from '../lib/compare.ts';
import { overflowing } from '../lib/elementwise.ts';
import type { Pair } from '../lib/pairs.ts';
import { ULP } from './constants.ts';

/** silu(a) · b in float64, without overflow of the exponential. `scale` is a float32 spacing, or what flushing silu or the product costs. */
export function swigluReference({ a, b }: Pair): Reference {
  const values = new Float64Array(a.length);
  const scale = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const v = a[i]!;
    const e = Math.exp(-Math.abs(v));
    const silu = v === -Infinity ? 0 : (v * (v < 0 ? e : 1)) / (1 + e);
    const value = overflowing(silu * b[i]!);
    const flushed = Math.abs(silu) < 2 ** -118 ? 2 ** -118 * Math.abs(b[i]!) : 0;
    values[i] = value;
    scale[i] = Math.max(ulp32(value), (flushed + 2 ** -125) / ULP);
  }
  return { values, scale };
}
