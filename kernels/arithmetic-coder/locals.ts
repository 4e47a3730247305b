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
  for (let n = 0; n < N; n++) {
    const range = high - low + 1;
    high = low + Math.floor((range * tos[n]!) / T) - 1;
    low = low + Math.floor((range * froms[n]!) / T);
    for (;;) {
      if (high < HALF || low >= HALF) {
        const bit = low >= HALF ? 1 : 0;
        low = 2 * (low - bit * HALF);
        high = 2 * (high - bit * HALF) + 1;
        // The bit, and behind it those that waited for it, which are its opposite.
        for (let next = bit, left = waiting; left >= 0; left--, next = 1 - bit) {
          filling = (filling << 1) | next;
          if (filling >= 256) {
            out[at++] = filling;
            filling = 1;
          }
        }
        waiting = 0;
      } else if (low >= QUARTER && high < HALF + QUARTER) {
        waiting++;
        low = 2 * (low - QUARTER);
        high = 2 * (high - QUARTER) + 1;
      } else break;
    }
  }
  const bit = low < QUARTER ? 0 : 1;
  for (let next = bit, left = waiting + 1; left >= 0; left--, next = 1 - bit) {
    filling = (filling << 1) | next;
    if (filling >= 256) {
      out[at++] = filling;
      filling = 1;
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
