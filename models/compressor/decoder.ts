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
  /** Low, high, and the number between them that the bits say. Not fields: what is beyond 2^30 would be an object for each store. */
  readonly #bounds = Uint32Array.of(0, TOP - 1, 0);

  /** @param total of the tables: at most 2^21, see `MOST_TOTAL` */
  constructor(bytes: Uint8Array, total: number) {
    this.#bytes = bytes;
    this.#total = total;
    let value = 0;
    for (let i = 0; i < 32; i++) value = 2 * value + this.#bit();
    this.#bounds[2] = value;
  }

  /** In 0 … total − 1, whatever the bytes are. */
  count(): number {
    const low = this.#bounds[0]!;
    const range = this.#bounds[1]! - low + 1;
    return Math.floor(((this.#bounds[2]! - low + 1) * this.#total - 1) / range);
  }

  /**
   * To the interval of the symbol with from ≤ count < to.
   * @throws CompressorError where no encoder would have written so few bits
   */
  narrow(from: number, to: number): void {
    let low = this.#bounds[0]!;
    let high = this.#bounds[1]!;
    let value = this.#bounds[2]!;
    const range = high - low + 1;
    high = low + Math.floor((range * to) / this.#total) - 1;
    low = low + Math.floor((range * from) / this.#total);
    for (;;) {
      let base: number;
      if (high < HALF) base = 0;
      else if (low >= HALF) base = HALF;
      else if (low >= QUARTER && high < HALF + QUARTER) base = QUARTER;
      else break;
      low = 2 * (low - base);
      high = 2 * (high - base) + 1;
      value = 2 * (value - base) + this.#bit();
      this.#left++;
    }
    this.#bounds[0] = low;
    this.#bounds[1] = high;
    this.#bounds[2] = value;
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
