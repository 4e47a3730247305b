import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { capacityOf, HALF, QUARTER, TOP } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

/** The algorithm as the paper has it: bounds in fields, a bit at a time into an array. */
class Encoder {
  low = 0;
  high = TOP - 1;
  waiting = 0;
  bits: number[] = [];

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

  finish(): number[] {
    this.waiting++;
    this.decide(this.low < QUARTER ? 0 : 1);
    return this.bits;
  }

  decide(bit: number): void {
    this.bits.push(bit);
    for (; this.waiting > 0; this.waiting--) this.bits.push(1 - bit);
  }
}

/** Encodes N symbols to `out` and returns how many bytes that took. */
export function encodeNaive({ low, high }: CoderInput, out: Uint8Array, N: number, T: number): number {
  const encoder = new Encoder();
  for (let n = 0; n < N; n++) encoder.encode(low[n]!, high[n]!, T);
  const bits = encoder.finish();
  const bytes = Math.ceil(bits.length / 8);
  out.fill(0, 0, bytes);
  for (let i = 0; i < bits.length; i++) out[i >> 3]! |= bits[i]! << (7 - (i & 7));
  return bytes;
}

export const naive = defineVariant<CoderInput, CoderShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the algorithm as written: an object with bounds in float64, and an array of bits',
  prepare: (input, { N, T }) =>
    countedVariant(new Uint8Array(capacityOf(N)), (out) => encodeNaive(input, out, N, T)),
});
