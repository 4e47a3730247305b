import { erfc } from '../gelu/reference.ts';
import type { Reference } from '../kernel.ts';
import { overflowing } from '../lib/elementwise.ts';
import type { RowsShape } from '../lib/rows.ts';
import type { BiasGeluInput } from './index.ts';

/**
 * v · Φ(v), v = x + bias, in float64; 0 for −Infinity. `scale` is |v|, so that the error is the absolute error of Φ, and not below
 * 2^-104: results that are denormal may be flushed to 0.
 */
export function biasGeluReference({ x, bias }: BiasGeluInput, { R, C }: RowsShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let i = 0; i < R * C; i++) {
    const v = x[i]! + bias[i % C]!;
    values[i] = v === -Infinity ? 0 : overflowing(0.5 * v * erfc(-v / Math.SQRT2));
    scale[i] = Math.max(Math.abs(v), 2 ** -104);
  }
  return { values, scale };
}
