import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { CdfSearchInput, CdfSearchShape } from './index.ts';

/** Halves [low, high), with cdf[low] ≤ value < cdf[high]: it ends behind all entries equal to the value. */
export function searchBinary(
  cdf: Int32Array,
  values: Int32Array,
  out: Int32Array,
  S: number,
  N: number,
): void {
  for (let n = 0; n < N; n++) {
    const value = values[n]!;
    let low = 0;
    let high = S;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (cdf[middle]! <= value) low = middle;
      else high = middle;
    }
    out[n] = low;
  }
}

export const binary = defineVariant<CdfSearchInput, CdfSearchShape>({
  name: 'binary',
  backend: 'js',
  idea: 'eight halvings for 256 symbols; each is a branch that the processor cannot predict',
  prepare: ({ cdf, values }, { S, N }) =>
    integerVariant(new Int32Array(N), (out) => searchBinary(cdf, values, out, S, N)),
});
