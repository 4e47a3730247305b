import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { CdfSearchInput, CdfSearchShape } from './index.ts';

/**
 * The step is taken or not by a mask: the sign of cdf − value − 1 is all ones where cdf ≤ value. The interval [low, low + width) loses
 * half of its width, rounded down, in each step, so that all lookups take the same steps.
 */
export function searchBranchless(
  cdf: Int32Array,
  values: Int32Array,
  out: Int32Array,
  S: number,
  N: number,
): void {
  for (let n = 0; n < N; n++) {
    const value = values[n]!;
    let low = 0;
    let width = S;
    while (width > 1) {
      const half = width >>> 1;
      low += half & ((cdf[low + half]! - value - 1) >> 31);
      width -= half;
    }
    out[n] = low;
  }
}

export const branchless = defineVariant<CdfSearchInput, CdfSearchShape>({
  name: 'branchless',
  backend: 'js',
  idea: 'the same halvings, each taken by a mask in place of a branch: nothing to predict but the number of steps',
  prepare: ({ cdf, values }, { S, N }) =>
    integerVariant(new Int32Array(N), (out) => searchBranchless(cdf, values, out, S, N)),
});
