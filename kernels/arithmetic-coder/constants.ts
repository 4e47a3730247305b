/** Bits of low and high. */
export const QUARTER = 2 ** 30;
export const HALF = 2 ** 31;
export const TOP = 2 ** 32;

/**
 * The largest total with which float64 is exact: a range of at most 2^32 times a count of at most 2^21 is at most 2^53, and a
 * quotient below 2^32 that is no integer is at least 2^-21 from the next, while its rounding moves it by at most 2^-22.
 */
export const MOST_TOTAL = 2 ** 21;

/** Bytes that `N` symbols may need: 21 bits each and what integer bounds lose, less than one, and two bits at the end. */
export function capacityOf(N: number): number {
  return Math.ceil((22 * N + 64) / 8);
}
