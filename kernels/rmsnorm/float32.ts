import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/** Squares of x · 2⁻³² overflow float32 only beyond |x| = 7.9e28 / √C, and vanish only where ε outweighs them. */
const DOWN = 2 ** -32;

/**
 * The sum of squares in one float32 accumulator, as plain C on floats does it. V8 has no float32 arithmetic for
 * JavaScript (no `addss` or `mulss` in the code that V8 13.6 makes of this): it computes in float64 and converts for every
 * Math.fround, which makes this slower than float64 as well as less accurate. Right for |x| < 7.9e28 / √C; without the
 * scaling by 2⁻³² it would be 1.8e19 / √C.
 */
export function rmsnormFloat32(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    const end = start + C;
    let sum = Math.fround(0);
    for (let i = start; i < end; i++) {
      const v = Math.fround(x[i]! * DOWN);
      sum = Math.fround(sum + Math.fround(v * v));
    }
    const factor = 1 / Math.sqrt(sum / (DOWN * DOWN) / C + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = x[start + c]! * factor * w[c]!;
  }
}

export const float32 = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'float32',
  backend: 'js',
  idea: 'one float32 accumulator (Math.fround) loses accuracy and gains nothing: V8 converts around float64 operations',
  tolerance: {
    metric: 'ulp',
    bound: 1026,
    why: 'one float32 sum of 2048 squares: half of up to 2050 roundings of 1 ULP comes through the root, and one more in the result',
  },
  prepare: ({ x, w }, { R, C }) => jsVariant(R * C, (out) => rmsnormFloat32(x, w, out, R, C, EPSILON)),
});
