import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';
import { runningCounts } from './one-pass.ts';

/** As `one-pass`, and nothing is added where nothing is missing. */
export function cdfSkip(p: Float32Array, out: Int32Array, S: number): void {
  const largest = runningCounts(p, out, S);
  const missing = TOTAL - out[S]!;
  if (missing !== 0) for (let i = largest; i <= S; i++) out[i] = (out[i]! + missing) | 0;
}

export const skip = defineVariant<Float32Array, CdfShape>({
  name: 'skip',
  backend: 'js',
  idea: '`one-pass` that tests whether anything is missing: rounding down leaves about S / 2 counts over, so that something always is',
  ledger: ['S1-18'],
  prepare: (p, { S }) => integerVariant(new Int32Array(S + 1), (out) => cdfSkip(p, out, S)),
});
