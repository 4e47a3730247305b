/**
 * What the counts of a table sum to: the floor of one count a symbol costs 256 symbols log2(10^6 / (10^6 − 256)) = 3.7e-4 bits each,
 * and the least likely symbol takes log2(10^6) = 19.93 bits.
 */
export const TOTAL = 1_000_000;
