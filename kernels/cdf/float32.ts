import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** The product rounded to float32, as a tensor library or a GPU computes it. */
export function cdfFloat32(p: Float32Array, out: Int32Array, S: number): void {
  const scale = Math.fround(TOTAL - S);
  let sum = 0;
  let largest = 1;
  let most = 0;
  out[0] = 0;
  for (let i = 0; i < S; i++) {
    const count = 1 + (Math.fround(p[i]! * scale) | 0);
    sum = (sum + count) | 0;
    out[i + 1] = sum;
    if (count > most) {
      most = count;
      largest = i + 1;
    }
  }
  const missing = TOTAL - sum;
  for (let i = largest; i <= S; i++) out[i] = (out[i]! + missing) | 0;
}

export const float32 = defineVariant<Float32Array, CdfShape>({
  name: 'float32',
  backend: 'js',
  idea: 'the product is rounded to float32, and now and then up to the next integer: a file that was written with the exact product cannot be read with this one',
  exhibit: true,
  tolerance: {
    metric: 'abs',
    bound: 4,
    why: 'a count is one too high where the product lies within 2^-24 of the next integer: one symbol in a million, a few in a table of 32000',
  },
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfFloat32(p, out, S)),
});
