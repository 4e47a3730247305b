import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { capacityOf } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

const QUARTER = 1n << 30n;
const HALF = 1n << 31n;
const ONE = 1n;

/** Encodes N symbols to `out` and returns how many bytes that took. */
export function encodeBigint(input: CoderInput, out: Uint8Array, N: number, T: number): number {
  const total = BigInt(T);
  let low = 0n;
  let high = 2n * HALF - ONE;
  let waiting = 0;
  let filling = 1;
  let at = 0;
  const put = (bit: number) => {
    filling = (filling << 1) | bit;
    if (filling >= 256) {
      out[at++] = filling;
      filling = 1;
    }
  };
  const decide = (bit: number) => {
    put(bit);
    for (; waiting > 0; waiting--) put(1 - bit);
  };
  for (let n = 0; n < N; n++) {
    const range = high - low + ONE;
    high = low + (range * BigInt(input.high[n]!)) / total - ONE;
    low = low + (range * BigInt(input.low[n]!)) / total;
    for (;;) {
      if (high < HALF) decide(0);
      else if (low >= HALF) {
        decide(1);
        low -= HALF;
        high -= HALF;
      } else if (low >= QUARTER && high < HALF + QUARTER) {
        waiting++;
        low -= QUARTER;
        high -= QUARTER;
      } else break;
      low <<= ONE;
      high = (high << ONE) | ONE;
    }
  }
  waiting++;
  decide(low < QUARTER ? 0 : 1);
  while (filling > 1) put(0);
  return at;
}

export const bigint = defineVariant<CoderInput, CoderShape>({
  name: 'bigint',
  backend: 'js',
  idea: 'the 64-bit products as BigInt, for those who fear that float64 is not exact: it is, and BigInt makes an object for every number',
  ledger: ['S1-27'],
  prepare: (input, { N, T }) =>
    countedVariant(new Uint8Array(capacityOf(N)), (out) => encodeBigint(input, out, N, T)),
});
