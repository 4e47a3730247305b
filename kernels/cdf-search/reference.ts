import type { Reference } from '../kernel.ts';
import type { CdfSearchInput } from './index.ts';

/** The one symbol whose half-open interval holds the count: as many entries but the first as are not above it. */
export function cdfSearchReference({ cdf, values }: CdfSearchInput): Reference {
  const ends = Array.from(cdf.subarray(1));
  return { values: Float64Array.from(values, (value) => ends.filter((end) => end <= value).length) };
}
