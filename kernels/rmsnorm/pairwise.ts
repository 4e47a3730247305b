import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

const f32 = Math.fround;
/** As in float32.ts: so that squares do not overflow. */
const DOWN = 2 ** -32;

/** The sum of the squares of x · 2⁻³² over [from, to), in float32: halves summed apart, eight elements one after the other. */
function sumOfSquares(x: Float32Array, from: number, to: number): number {
  if (to - from <= 8) {
    let sum = 0;
    for (let i = from; i < to; i++) {
      const v = f32(x[i]! * DOWN);
      sum = f32(sum + f32(v * v));
    }
    return sum;
  }
  const middle = (from + to) >>> 1;
  return f32(sumOfSquares(x, from, middle) + sumOfSquares(x, middle, to));
}

/** Right for |x| < 7.9e28 / √C. */
export function rmsnormPairwise(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    const mean = sumOfSquares(x, start, start + C) / (DOWN * DOWN) / C;
    const factor = 1 / Math.sqrt(mean + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = x[start + c]! * factor * w[c]!;
  }
}

export const pairwise = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'pairwise',
  backend: 'js',
  idea: 'a float32 sum whose error grows with the logarithm of the columns: a third below that of 32 lanes, and a hundredth of that of one accumulator where all elements are equal',
  ledger: ['S0-17'],
  prepare: ({ x, w }, { R, C }) => jsVariant(R * C, (out) => rmsnormPairwise(x, w, out, R, C, EPSILON)),
});
