import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** The table of `S` probabilities to `out`, of S + 1 elements. */
export function cdfScan(p: Float32Array, out: Int32Array, S: number): void {
  const scale = TOTAL - S;
  let missing = TOTAL;
  let largest = 1;
  let most = 0;
  for (let i = 0; i < S; i++) {
    const count = 1 + Math.floor(p[i]! * scale);
    out[i + 1] = count;
    missing -= count;
    if (count > most) {
      most = count;
      largest = i + 1;
    }
  }
  out[largest]! += missing;
  let sum = 0;
  out[0] = 0;
  for (let i = 1; i <= S; i++) {
    sum += out[i]!;
    out[i] = sum;
  }
}

export const scan = defineVariant<Float32Array, CdfShape>({
  name: 'scan',
  backend: 'js',
  idea: 'the same loops over one Int32Array that is made beforehand: no allocation, no growth',
  ledger: ['S1-12', 'S1-17'],
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfScan(p, out, S)),
});
