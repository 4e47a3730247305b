import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfSearchInput, CdfSearchShape } from './index.ts';

/** A bucket holds this many counts as a power of two: 977 buckets for 10^6, four for each of 256 symbols. */
const SHIFT = 10;
const BUCKETS = ((TOTAL - 1) >> SHIFT) + 1;

/** The symbol of the first count of each bucket. */
export function fillBuckets(cdf: Int32Array, buckets: Int32Array): void {
  let s = 0;
  for (let b = 0; b < BUCKETS; b++) {
    const first = b << SHIFT;
    while (cdf[s + 1]! <= first) s++;
    buckets[b] = s;
  }
}

/** From the first symbol of the bucket on. */
export function searchTable(
  cdf: Int32Array,
  buckets: Int32Array,
  values: Int32Array,
  out: Int32Array,
  N: number,
): void {
  for (let n = 0; n < N; n++) {
    const value = values[n]!;
    let s = buckets[value >> SHIFT]!;
    while (cdf[s + 1]! <= value) s++;
    out[n] = s;
  }
}

export const table = defineVariant<CdfSearchInput, CdfSearchShape>({
  name: 'table',
  backend: 'js',
  idea: 'a table of the first symbol for each 1024 counts, made in each call, then a symbol or two on foot: pays from some hundred lookups in one table on, and never where each symbol has a table of its own',
  prepare: ({ cdf, values }, { N }) => {
    const buckets = new Int32Array(BUCKETS);
    return integerVariant(new Int32Array(N), (out) => {
      fillBuckets(cdf, buckets);
      searchTable(cdf, buckets, values, out, N);
    });
  },
});
