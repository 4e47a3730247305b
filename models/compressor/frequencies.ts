/** From logits to the integers that an arithmetic coder divides its interval by. */
import { TOTAL } from '../../kernels/cdf/constants.ts';
import { cdfOnePass } from '../../kernels/cdf/one-pass.ts';
import { softmaxPolynomial } from '../../kernels/softmax/polynomial.ts';

export { TOTAL };

/** Symbols, and entries of a table of them. */
export const SYMBOLS = 256;
export const ENTRIES = SYMBOLS + 1;

/** What the most likely byte costs at least, all others having their one count: log2(10^6 / (10^6 − 255)) = 3.7e-4 bits. */
export const LEAST_BITS = Math.log2(TOTAL / (TOTAL - SYMBOLS + 1));

/**
 * Tables of cumulative frequencies, 257 integers from 0 to {@link TOTAL}, each byte with a count of its own: the least likely costs
 * log2(10^6) = 19.93 bits. From equal logits every engine makes equal tables: exponentials are in plain arithmetic, as Math.exp is not
 * the same everywhere. Logits that are not finite make a table all the same.
 */
export class Frequencies {
  readonly #p = new Float32Array(SYMBOLS);
  /** Of the latest logits. */
  readonly table = new Int32Array(ENTRIES);

  /** @param logits 256 of them */
  of(logits: Float32Array): Int32Array {
    softmaxPolynomial(logits, this.#p, 1, SYMBOLS);
    cdfOnePass(this.#p, this.table, SYMBOLS);
    return this.table;
  }
}
