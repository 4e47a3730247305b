import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { CdfSearchInput, CdfSearchShape } from './index.ts';

/** From the first symbol on. */
export function searchLinear(cdf: Int32Array, values: Int32Array, out: Int32Array, N: number): void {
  for (let n = 0; n < N; n++) {
    const value = values[n]!;
    let s = 0;
    while (cdf[s + 1]! <= value) s++;
    out[n] = s;
  }
}

export const naive = defineVariant<CdfSearchInput, CdfSearchShape>({
  name: 'naive',
  backend: 'js',
  idea: 'from the first symbol on: half the table on average',
  prepare: ({ cdf, values }, { N }) =>
    integerVariant(new Int32Array(N), (out) => searchLinear(cdf, values, out, N)),
});
