import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/**
 * As array code does it (`x.astype(float64)` in NumPy): each row is copied to float64 and its squares get an array of
 * their own, so that a run allocates 16 · R · C bytes on purpose, four times the input. `blocked` has the same accuracy
 * and allocates nothing.
 */
export function rmsnormNaive(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  for (let r = 0; r < R; r++) {
    const row = new Float64Array(x.subarray(r * C, r * C + C));
    const squares = row.map((v) => v * v);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += squares[c]!;
    const root = Math.sqrt(sum / C + epsilon);
    for (let c = 0; c < C; c++) out[r * C + c] = (row[c]! * w[c]!) / root;
  }
}

export const naive = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'naive',
  backend: 'js',
  idea: 'a float64 copy of each row and an array of its squares, as array code does it: allocates 16 bytes an element',
  prepare: ({ x, w }, { R, C }) => jsVariant(R * C, (out) => rmsnormNaive(x, w, out, R, C, EPSILON)),
});
