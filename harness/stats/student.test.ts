import { expect, it } from 'vitest';
import { studentQuantile, studentTail } from './student.ts';

it('studentTail agrees with the closed forms for ν = 1, 2 and 4 within a relative 1e-9', () => {
  for (const t of [0, 1e-3, 0.5, 1, 2.5, 10, 300]) {
    const forms: [nu: number, tail: number][] = [
      [1, (2 / Math.PI) * Math.atan2(1, t)],
      // 1 − t / √(2 + t²) and its like for ν = 4, in forms that do not cancel for large t.
      [2, 2 / (2 + t * t + t * Math.sqrt(2 + t * t))],
    ];
    for (const [nu, tail] of forms) expect(Math.abs(studentTail(t, nu) / tail - 1)).toBeLessThan(1e-9);
  }
  for (const t of [0, 0.5, 1, 3]) {
    const s = t / Math.sqrt(4 + t * t);
    expect(studentTail(t, 4)).toBeCloseTo(1 - 1.5 * s + 0.5 * s ** 3, 10);
  }
});

it('studentQuantile gives the published 97.5 % quantiles to three decimals', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  const published: [nu: number, t: number][] = [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [8, 2.306],
    [20, 2.086],
    [100, 1.984],
  ];
  for (const [nu, t] of published) expect(Math.abs(studentQuantile(0.05, nu) - t)).toBeLessThan(6e-4);
  expect(studentQuantile(0.05, 1e6)).toBeCloseTo(1.95997, 4);
});

it('the tail of the quantile is the tail asked for, for fractional ν too', () => {
  for (const nu of [2, 2.37, 7.9, 41.5]) {
    for (const tail of [0.5, 0.05, 1e-3, 1e-9]) {
      expect(studentTail(studentQuantile(tail, nu), nu) / tail).toBeCloseTo(1, 9);
    }
  }
});
