import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { capacityOf, HALF, QUARTER, TOP } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

/** As `naive`, with bits that are packed as they come. */
class PackingEncoder {
  low = 0;
  high = TOP - 1;
  waiting = 0;
  /** A one in front of the bits of the byte that is being filled. */
  filling = 1;
  at = 0;
  readonly out: Uint8Array;

  constructor(out: Uint8Array) {
    this.out = out;
  }

  encode(from: number, to: number, total: number): void {
    const range = this.high - this.low + 1;
    this.high = this.low + Math.floor((range * to) / total) - 1;
    this.low = this.low + Math.floor((range * from) / total);
    for (;;) {
      if (this.high < HALF) {
        this.decide(0);
      } else if (this.low >= HALF) {
        this.decide(1);
        this.low -= HALF;
        this.high -= HALF;
      } else if (this.low >= QUARTER && this.high < HALF + QUARTER) {
        this.waiting++;
        this.low -= QUARTER;
        this.high -= QUARTER;
      } else break;
      this.low = 2 * this.low;
      this.high = 2 * this.high + 1;
    }
  }

  finish(): number {
    this.waiting++;
    this.decide(this.low < QUARTER ? 0 : 1);
    while (this.filling > 1) this.put(0);
    return this.at;
  }

  decide(bit: number): void {
    this.put(bit);
    for (; this.waiting > 0; this.waiting--) this.put(1 - bit);
  }

  put(bit: number): void {
    this.filling = (this.filling << 1) | bit;
    if (this.filling >= 256) {
      this.out[this.at++] = this.filling;
      this.filling = 1;
    }
  }
}

/** Encodes N symbols to `out` and returns how many bytes that took. */
export function encodeFields({ low, high }: CoderInput, out: Uint8Array, N: number, T: number): number {
  const encoder = new PackingEncoder(out);
  for (let n = 0; n < N; n++) encoder.encode(low[n]!, high[n]!, T);
  return encoder.finish();
}

export const fields = defineVariant<CoderInput, CoderShape>({
  name: 'fields',
  backend: 'js',
  idea: 'the same object, with bits packed as they come: each step loads and stores its fields, float64 in boxes of their own',
  ledger: ['S1-6'],
  prepare: (input, { N, T }) =>
    countedVariant(new Uint8Array(capacityOf(N)), (out) => encodeFields(input, out, N, T)),
});
