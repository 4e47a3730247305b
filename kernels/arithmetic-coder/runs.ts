import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { capacityOf, QUARTER, TOP } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

/**
 * All bits that a symbol decides at once: the bounds share their `agreed` leading bits, and behind these low has `straddle` ones
 * where high has zeros. At least 2^30 / 2^21 numbers are left between the bounds, so that they agree on at most 23 bits, and behind
 * the seven that may be held back from `out` there is room for 25.
 */
export function encodeRuns(input: CoderInput, out: Uint8Array, N: number, T: number): number {
  const { low: froms, high: tos } = input;
  let low = 0;
  let high = TOP - 1;
  let waiting = 0;
  let held = 0;
  let count = 0;
  let at = 0;
  for (let n = 0; n <= N; n++) {
    let agreed: number;
    if (n < N) {
      const range = high - low + 1;
      high = low + Math.floor((range * tos[n]!) / T) - 1;
      low = low + Math.floor((range * froms[n]!) / T);
      agreed = Math.clz32(low ^ high);
    } else {
      agreed = 1;
      waiting++;
      low = low < QUARTER ? 0 : 2 ** 31;
    }
    if (agreed > 0) {
      let bits = low >>> (32 - agreed);
      let length = agreed;
      if (waiting > 0) {
        // The first of them decides those that wait, which are its opposite.
        const first = low >>> 31;
        held = (held << 1) | first;
        count++;
        for (let left = waiting; left > 0; ) {
          const some = Math.min(left, 16);
          held = (held << some) | (first === 0 ? (1 << some) - 1 : 0);
          count += some;
          left -= some;
          for (; count >= 8; at++) {
            count -= 8;
            out[at] = held >>> count;
          }
        }
        waiting = 0;
        length--;
        bits &= (1 << length) - 1;
      }
      held = (held << length) | bits;
      count += length;
      for (; count >= 8; at++) {
        count -= 8;
        out[at] = held >>> count;
      }
      low = (low << agreed) >>> 0;
      high = ((high << agreed) | ((1 << agreed) - 1)) >>> 0;
    }
    const straddle = Math.clz32(~((low & ~high) << 1));
    if (straddle > 0) {
      waiting += straddle;
      low = (low << straddle) & 0x7fffffff;
      high = ((high << straddle) | ((1 << straddle) - 1) | 0x80000000) >>> 0;
    }
  }
  if (count > 0) out[at++] = held << (8 - count);
  return at;
}

export const runs = defineVariant<CoderInput, CoderShape>({
  name: 'runs',
  backend: 'js',
  idea: 'counts leading zeros for how many bits a symbol decides, and writes them together: no loop over bits',
  prepare: (input, { N, T }) =>
    countedVariant(new Uint8Array(capacityOf(N)), (out) => encodeRuns(input, out, N, T)),
});
