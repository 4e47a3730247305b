import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { capacityOf, HALF, QUARTER, TOP } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

/** As `fields`, for a block of symbols in one function: the state stays in registers. */
export function encodeLocals(input: CoderInput, out: Uint8Array, N: number, T: number): number {
  const { low: froms, high: tos } = input;
  let low = 0;
  let high = TOP - 1;
  let waiting = 0;
  let filling = 1;
  let at = 0;
  // Behind the last symbol comes a turn that writes the bit which says in which half the interval ends, and what waits.
  for (let n = 0; n <= N; n++) {
    if (n < N) {
      const range = high - low + 1;
      high = low + Math.floor((range * tos[n]!) / T) - 1;
      low = low + Math.floor((range * froms[n]!) / T);
    } else {
      waiting++;
      if (low < QUARTER) high = HALF - 1;
      else low = HALF;
    }
    for (;;) {
      let bit: number;
      if (high < HALF) bit = 0;
      else if (low >= HALF) {
        bit = 1;
        low -= HALF;
        high -= HALF;
      } else if (low >= QUARTER && high < HALF + QUARTER) {
        waiting++;
        low = 2 * (low - QUARTER);
        high = 2 * (high - QUARTER) + 1;
        continue;
      } else break;
      low = 2 * low;
      high = 2 * high + 1;
      filling = (filling << 1) | bit;
      if (filling >= 256) {
        out[at++] = filling;
        filling = 1;
      }
      for (; waiting > 0; waiting--) {
        filling = (filling << 1) | (1 - bit);
        if (filling >= 256) {
          out[at++] = filling;
          filling = 1;
        }
      }
      if (n === N) break;
    }
  }
  if (filling > 1) {
    while (filling < 256) filling <<= 1;
    out[at++] = filling;
  }
  return at;
}

export const locals = defineVariant<CoderInput, CoderShape>({
  name: 'locals',
  backend: 'js',
  idea: 'bounds and bits in local variables for a block of symbols: they stay in registers',
  ledger: ['S1-6'],
  prepare: (input, { N, T }) =>
    countedVariant(new Uint8Array(capacityOf(N)), (out) => encodeLocals(input, out, N, T)),
});
