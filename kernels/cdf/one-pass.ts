import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** The running sum of the counts to `out`; the entry that ends the largest of them, the first of equals. */
export function runningCounts(p: Float32Array, out: Int32Array, S: number): number {
  const scale = TOTAL - S;
  let sum = 0;
  let largest = 1;
  let most = 0;
  out[0] = 0;
  for (let i = 0; i < S; i++) {
    const count = 1 + ((p[i]! * scale) | 0);
    sum = (sum + count) | 0;
    out[i + 1] = sum;
    if (count > most) {
      most = count;
      largest = i + 1;
    }
  }
  return largest;
}

/** What is missing moves only the entries from the largest symbol on. */
export function cdfOnePass(p: Float32Array, out: Int32Array, S: number): void {
  const largest = runningCounts(p, out, S);
  const missing = TOTAL - out[S]!;
  for (let i = largest; i <= S; i++) out[i] = (out[i]! + missing) | 0;
}

export const onePass = defineVariant<Float32Array, CdfShape>({
  name: 'one-pass',
  backend: 'js',
  idea: 'the running sum is stored at once; what is missing is added to the entries behind the largest symbol, half of them on average',
  ledger: ['S1-18'],
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfOnePass(p, out, S)),
});
