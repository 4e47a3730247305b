import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** As `scan`, with `| 0` in place of Math.floor: the same for 0 ≤ x < 2^31, and p · 10^6 stays within. */
export function cdfTruncate(p: Float32Array, out: Int32Array, S: number): void {
  const scale = TOTAL - S;
  let missing = TOTAL;
  let largest = 1;
  let most = 0;
  for (let i = 0; i < S; i++) {
    const count = 1 + ((p[i]! * scale) | 0);
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
    sum = (sum + out[i]!) | 0;
    out[i] = sum;
  }
}

export const truncate = defineVariant<Float32Array, CdfShape>({
  name: 'truncate',
  backend: 'js',
  idea: '`scan` with | 0 in place of Math.floor: one conversion to an integer, with no rounding in float64 before it',
  ledger: ['S1-17'],
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfTruncate(p, out, S)),
});
