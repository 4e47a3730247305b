import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import { erfc } from './erfc.ts';

/** The table covers [−RANGE, RANGE] in steps of 1 / PER_UNIT: 16 KiB, which stay in the first-level cache. */
const RANGE = 8;
const PER_UNIT = 256;
const TABLE = Float32Array.from({ length: 2 * RANGE * PER_UNIT + 1 }, (_, i) => {
  const v = i / PER_UNIT - RANGE;
  return 0.5 * v * erfc(-v / Math.SQRT2);
});

/** A straight line between two entries; 0 from −8 down, x from 8 up, NaN for NaN. */
export function geluTable(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    if (v >= RANGE) out[i] = v;
    else if (v <= -RANGE) out[i] = 0;
    else {
      const position = (v + RANGE) * PER_UNIT;
      // NaN becomes index 0 here and comes back through the weight.
      const index = position | 0;
      const low = TABLE[index]!;
      out[i] = low + (position - index) * (TABLE[index + 1]! - low);
    }
  }
}

export const table = defineVariant<Float32Array, ElementwiseShape>({
  name: 'table',
  backend: 'js',
  idea: 'a table of 4097 values on [−8, 8] with linear interpolation: two loads and no division',
  approximation: true,
  tolerance: {
    metric: 'abs',
    bound: 1.53e-6,
    why: 'an approximation by design: a line over a step h errs by h²/8 · max |f″| = 0.7979 / (8 · 256²) = 1.522e-6, reached near 0',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => geluTable(x, out)),
});
