import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/**
 * Welford, "Note on a method for calculating corrected sums of squares and products" (1962): the mean so far is corrected by each
 * element, the sum of squares by the product of its distances from the mean before and after.
 */
export function layernormWelford({ x, w, b }: LayernormInput, out: Float32Array, { R, C }: RowsShape): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    let mean = 0;
    let squares = 0;
    for (let c = 0; c < C; c++) {
      const v = x[start + c]!;
      const before = v - mean;
      mean += before / (c + 1);
      squares += before * (v - mean);
    }
    const factor = 1 / Math.sqrt(squares / C + EPSILON);
    for (let c = 0; c < C; c++) out[start + c] = (x[start + c]! - mean) * factor * w[c]! + b[c]!;
  }
}

export const welford = defineVariant<LayernormInput, RowsShape>({
  name: 'welford',
  backend: 'js',
  idea: 'one pass that cannot cancel, but each element waits for the division of the one before: two to three times slower than two passes over a row in cache',
  prepare: (input, shape) => jsVariant(shape.R * shape.C, (out) => layernormWelford(input, out, shape)),
});
