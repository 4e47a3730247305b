import type { CoderInput } from './index.ts';

const HALF = 2 ** 31;
const QUARTER = 2 ** 30;

/**
 * Symbols for which the bounds close in on the middle from both sides for ever, so that no bit is decided: in each step the two counts
 * around the middle of [0, 2^32), as they lie between the bounds then. Where `turn` gives 1 or 0 the symbol lies above or below the
 * middle and decides all that waits.
 */
export function straddling(N: number, T: number, turn: () => number | undefined): CoderInput {
  const input = { low: new Int32Array(N), high: new Int32Array(N) };
  let low = 0;
  let high = 2 * HALF - 1;
  for (let n = 0; n < N; n++) {
    const range = high - low + 1;
    const middle = Math.floor(((HALF - low + 1) * T - 1) / range);
    let [from, to] = [Math.max(0, middle - 1), Math.min(T, middle + 1)];
    const up = turn();
    if (up === 1 && middle + 1 < T) [from, to] = [middle + 1, T];
    if (up === 0 && middle > 0) [from, to] = [0, middle];
    input.low[n] = from;
    input.high[n] = to;
    high = low + Math.floor((range * to) / T) - 1;
    low = low + Math.floor((range * from) / T);
    for (;;) {
      let base = 0;
      if (low >= HALF) base = HALF;
      else if (low >= QUARTER && high < HALF + QUARTER) base = QUARTER;
      else if (high >= HALF) break;
      low = 2 * (low - base);
      high = 2 * (high - base) + 1;
    }
  }
  return input;
}
