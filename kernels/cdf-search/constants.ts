/** Counts of a table, as in the kernel `cdf`. */
export const TOTAL = 1_000_000;
