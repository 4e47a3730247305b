import { expect, it } from 'vitest';
import { shareInterval } from './share.ts';

it('is that of published examples, and has a width where none or all were hits', () => {
  // Newcombe, "Two-Sided Confidence Intervals for the Single Proportion" (1998), table I, method 3.
  for (const [hits, of, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = shareInterval({ hits, of });
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  }
  expect(shareInterval({ hits: 5, of: 5 }).low).toBeGreaterThan(0.5);
  expect(shareInterval({ hits: 0, of: 0 })).toEqual({ low: 0, high: 1 });
});
