import { describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { insert, median, medianDistance, medianInterval, quantile, sorted } from './median.ts';

describe('medianInterval', () => {
  for (const [name, draw, truth] of [
    ['normal', (r: ReturnType<typeof rng>) => r.normal(), 0],
    ['skewed (exponential)', (r: ReturnType<typeof rng>) => -Math.log(1 - r.uniform()), Math.LN2],
  ] as const) {
    for (const n of [8, 40, 201]) {
      it(`covers the median of ${n} ${name} samples in 95 to 99.5 % of 4000 simulations`, () => {
        const random = rng(`coverage ${name} ${n}`);
        let hits = 0;
        for (let i = 0; i < 4000; i++) {
          const { low, high } = medianInterval(Array.from({ length: n }, () => draw(random)));
          if (low <= truth && truth <= high) hits++;
        }
        // The binomial is discrete, so that the coverage lies above 95 %; 0.95 − 0.01 is three standard errors below.
        expect(hits / 4000).toBeGreaterThan(0.94);
        expect(hits / 4000).toBeLessThan(0.995);
      });
    }
  }

  it('gives the range for fewer than six samples', () => {
    expect(medianInterval([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });
});

it('quantile interpolates linearly between the neighbours', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  expect(quantile([7], 0.99)).toBe(7);
});

it('median distance is the median of the distances, wherever the center lies', () => {
  const random = rng('distances');
  for (let n = 1; n <= 12; n++) {
    const values = Array.from({ length: n }, () => random.integer(9) - 4);
    const ascending: number[] = [];
    for (const value of values) insert(ascending, value);
    expect(ascending).toEqual(sorted(values));
    for (const center of [-9, -1.5, 0, 0.5, 2, 9])
      expect(medianDistance(ascending, center)).toBe(median(values.map((x) => Math.abs(x - center))));
  }
});
