import { describe, expect, it } from 'vitest';
import { rng } from '../lib/rng.ts';
import { capacityOf, MOST_TOTAL } from './constants.ts';
import { arithmeticCoder, type CoderInput } from './index.ts';
import { encodeLocals } from './locals.ts';
import { encodeRuns } from './runs.ts';
import { straddling } from './straddling.ts';

/** The decoder of the paper: the counts in whose intervals the bits fall, symbol by symbol. */
function decode(bytes: Uint8Array, N: number, T: number, table: readonly number[]): number[] {
  let at = 0;
  const bit = () => {
    const value = ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
    at++;
    return value;
  };
  let low = 0;
  let high = 2 ** 32 - 1;
  let value = 0;
  for (let i = 0; i < 32; i++) value = 2 * value + bit();
  return Array.from({ length: N }, () => {
    const range = high - low + 1;
    const count = Math.floor(((value - low + 1) * T - 1) / range);
    const symbol = table.findLastIndex((start) => start <= count);
    high = low + Math.floor((range * (table[symbol + 1] ?? T)) / T) - 1;
    low = low + Math.floor((range * table[symbol]!) / T);
    for (;;) {
      let base = 0;
      if (high < 2 ** 31) base = 0;
      else if (low >= 2 ** 31) base = 2 ** 31;
      else if (low >= 2 ** 30 && high < 3 * 2 ** 30) base = 2 ** 30;
      else break;
      low = 2 * (low - base);
      high = 2 * (high - base) + 1;
      value = 2 * (value - base) + bit();
    }
    return symbol;
  });
}

function inputOf(symbols: readonly number[], table: readonly number[], T: number): CoderInput {
  return {
    low: Int32Array.from(symbols, (s) => table[s]!),
    high: Int32Array.from(symbols, (s) => table[s + 1] ?? T),
  };
}

describe('a decoder finds the symbols again, for totals of 2, 10^6 and 2^21', () => {
  it.each([2, 1e6, MOST_TOTAL])('total %i', (T) => {
    const random = rng(`round trip ${T}`);
    // Starts of intervals: a few with one count, one with nearly all.
    const table = T === 2 ? [0, 1] : [0, 1, 2, T / 2 - 1, T / 2, T / 2 + 1, T - 1];
    const symbols = Array.from({ length: 2000 }, () => random.integer(table.length));
    const bytes = new Uint8Array(capacityOf(symbols.length));
    const length = encodeRuns(inputOf(symbols, table, T), bytes, symbols.length, T);
    expect(decode(bytes.subarray(0, length), symbols.length, T, table)).toEqual(symbols);
  });
});

it('writes at most 0.01 % and four bytes more than the information in the symbols', () => {
  const random = rng('size');
  const T = 1e6;
  const table = [0, 500_000, 750_000, 900_000, 999_999];
  const symbols = Array.from({ length: 20_000 }, () => table.findLastIndex((s) => s <= random.integer(T)));
  const bits = symbols.reduce((sum, s) => sum + Math.log2(T / ((table[s + 1] ?? T) - table[s]!)), 0);
  const bytes = encodeLocals(inputOf(symbols, table, T), new Uint8Array(capacityOf(20_000)), 20_000, T);
  expect(bytes).toBeGreaterThan(bits / 8);
  expect(bytes).toBeLessThan((bits / 8) * 1.0001 + 4);
});

it('more than 1000 bits wait for the last symbol of a stream that straddles the middle', () => {
  const T = 1e6;
  const input = straddling(100, T, () => undefined);
  const bytes = new Uint8Array(capacityOf(100));
  const length = encodeRuns(input, bytes, 100, T);
  // 0 and only ones behind it, or 1 and only zeros: one decision.
  const bits = Array.from(bytes.subarray(0, length), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const run = /^(01+|10+)/.exec(bits)![0].length;
  expect(run).toBeGreaterThan(1000);
});

it('refuses a total with which products would not be exact, in one line', () => {
  expect(() => arithmeticCoder.validate?.({ N: 1, T: MOST_TOTAL + 1 })).toThrow(
    'arithmetic-coder: a total of 2097153; it can be 2 to 2097152',
  );
  expect(2 ** 32 * MOST_TOTAL).toBe(2 ** 53);
});
