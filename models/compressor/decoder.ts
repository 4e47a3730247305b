import { HALF, QUARTER, TOP } from '../../kernels/arithmetic-coder/constants.ts';
import { CompressorError } from './error.ts';

/** Of what the encoder writes at the end, to say in which half or quarter it has come. */
const LAST_BITS = 2;

/**
 * The other end of the kernel `arithmetic-coder` (Witten, Neal & Cleary 1987): {@link count}, then {@link narrow} by the symbol that
 * has it. Each bit that leaves the interval was one that the encoder wrote, which makes it known how long a payload is to be.
 */
export class ArithmeticDecoder {
  readonly #bytes: Uint8Array;
  readonly #total: number;
  /** The next bit to be read; beyond the end they are 0. */
  #at = 0;
  /** Bits that have left. */
  #left = 0;
  #low = 0;
  #high = TOP - 1;
  #value = 0;

  /** @param total of the tables: at most 2^21, see `MOST_TOTAL` */
  constructor(bytes: Uint8Array, total: number) {
    this.#bytes = bytes;
    this.#total = total;
    for (let i = 0; i < 32; i++) this.#value = 2 * this.#value + this.#bit();
  }

  /** In 0 … total − 1, whatever the bytes are. */
  count(): number {
    const range = this.#high - this.#low + 1;
    return Math.floor(((this.#value - this.#low + 1) * this.#total - 1) / range);
  }

  /**
   * To the interval of the symbol with low ≤ count < high.
   * @throws CompressorError where no encoder would have written so few bits
   */
  narrow(low: number, high: number): void {
    const range = this.#high - this.#low + 1;
    this.#high = this.#low + Math.floor((range * high) / this.#total) - 1;
    this.#low = this.#low + Math.floor((range * low) / this.#total);
    for (;;) {
      let base: number;
      if (this.#high < HALF) base = 0;
      else if (this.#low >= HALF) base = HALF;
      else if (this.#low >= QUARTER && this.#high < HALF + QUARTER) base = QUARTER;
      else break;
      this.#low = 2 * (this.#low - base);
      this.#high = 2 * (this.#high - base) + 1;
      this.#value = 2 * (this.#value - base) + this.#bit();
      this.#left++;
    }
    if (this.#left + LAST_BITS > 8 * this.#bytes.length)
      throw new CompressorError('the stream ends too early: it was cut, or says a wrong size');
  }

  /** @throws CompressorError where bytes are left that the encoder would not have written */
  finish(): void {
    const needed = Math.ceil((this.#left + LAST_BITS) / 8);
    if (needed !== this.#bytes.length)
      throw new CompressorError(
        `the stream has ${this.#bytes.length - needed} bytes behind its end: something was added, or it says a wrong size`,
      );
  }

  #bit(): number {
    const at = this.#at++;
    const byte = this.#bytes[at >> 3];
    return byte === undefined ? 0 : (byte >> (7 - (at & 7))) & 1;
  }
}
