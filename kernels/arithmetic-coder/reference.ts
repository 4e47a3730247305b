import type { Reference } from '../kernel.ts';
import type { CoderInput, CoderShape } from './index.ts';

/** The integers of the algorithm as integers, and its bits as an array of bits. */
export function arithmeticCoderReference(input: CoderInput, { N, T }: CoderShape): Reference {
  const half = 1n << 31n;
  const quarter = 1n << 30n;
  const total = BigInt(T);
  const bits: number[] = [];
  let waiting = 0;
  const decide = (bit: number) => {
    bits.push(bit);
    for (; waiting > 0; waiting--) bits.push(1 - bit);
  };
  let low = 0n;
  let high = 2n * half - 1n;
  for (let n = 0; n < N; n++) {
    const range = high - low + 1n;
    high = low + (range * BigInt(input.high[n]!)) / total - 1n;
    low = low + (range * BigInt(input.low[n]!)) / total;
    for (;;) {
      let base = 0n;
      if (high < half) decide(0);
      else if (low >= half) {
        decide(1);
        base = half;
      } else if (low >= quarter && high < half + quarter) {
        waiting++;
        base = quarter;
      } else break;
      low = 2n * (low - base);
      high = 2n * (high - base) + 1n;
    }
  }
  // The interval holds the second or the third quarter: 01 or 10 with what waits.
  waiting++;
  decide(low < quarter ? 0 : 1);
  while (bits.length % 8 !== 0) bits.push(0);
  const values = new Float64Array(1 + Math.ceil((22 * N + 64) / 8));
  values[0] = bits.length / 8;
  bits.forEach((bit, i) => {
    values[1 + (i >> 3)]! += bit * 2 ** (7 - (i & 7));
  });
  return { values };
}
