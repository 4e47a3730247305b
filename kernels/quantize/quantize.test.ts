import { expect, it } from 'vitest';
import { rng } from '../lib/rng.ts';
import { quantizeShares, toEven } from './naive.ts';

it('truncation has four times the squared error of rounding, and shrinks', () => {
  const random = rng('weights');
  const x = Float32Array.from({ length: 65_536 }, () => random.normal());
  const errors = [toEven, Math.trunc].map((round) => {
    const y = new Float32Array(x.length);
    quantizeShares(x, y, x.length, round, (d) => d);
    let error = 0;
    let length = 0;
    let original = 0;
    for (let i = 0; i < x.length; i++) {
      error += (x[i]! - y[i]!) ** 2;
      length += Math.abs(y[i]!);
      original += Math.abs(x[i]!);
    }
    return { error, shrunk: 1 - length / original };
  });
  const [rounded, truncated] = errors as [(typeof errors)[0], (typeof errors)[0]];
  expect(truncated.error / rounded.error).toBeGreaterThan(3.8);
  expect(truncated.error / rounded.error).toBeLessThan(4.2);
  expect(Math.abs(rounded.shrunk)).toBeLessThan(1e-3);
  expect(truncated.shrunk).toBeGreaterThan(0.015);
});
