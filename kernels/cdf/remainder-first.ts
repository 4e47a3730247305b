import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** The difference goes to symbol 0, whatever its count is: one loop without a search for the largest. */
export function cdfRemainderFirst(p: Float32Array, out: Int32Array, S: number): void {
  const scale = TOTAL - S;
  let sum = 0;
  for (let i = 0; i < S; i++) {
    sum = (sum + 1 + ((p[i]! * scale) | 0)) | 0;
    out[i + 1] = sum;
  }
  const missing = TOTAL - sum;
  out[0] = 0;
  for (let i = 1; i <= S; i++) out[i] = (out[i]! + missing) | 0;
}

export const remainderFirst = defineVariant<Float32Array, CdfShape>({
  name: 'remainder-first',
  backend: 'js',
  idea: 'what is missing goes to symbol 0: where the probabilities sum to 1.001 its count becomes negative, and the decoder finds other symbols',
  exhibit: true,
  tolerance: {
    metric: 'abs',
    bound: 16300,
    why: 'entries in front of the largest symbol are off by what is missing: half a count for each of 32000 symbols (16000, deviation 52); 2000 where 256 sum to 1.002',
  },
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfRemainderFirst(p, out, S)),
});
