/** The rates at the steps that matter. */
import { expect, it } from 'vitest';
import { learningRateFromZero } from './from-zero.ts';
import { learningRate } from './naive.ts';
import { learningRateToZero } from './to-zero.ts';

const HIGH = 1e-3;
const LOW = 1e-5;

it('step 0 has a rate, the last of the warm-up the high one and the last of all the low one, exactly', () => {
  expect(learningRate(0, 10_000, 1000, HIGH, LOW)).toBe(1e-6);
  expect(learningRate(999, 10_000, 1000, HIGH, LOW)).toBe(HIGH);
  expect(learningRate(9999, 10_000, 1000, HIGH, LOW)).toBe(LOW);
});

it('counted from zero the first step has none', () => {
  expect(learningRateFromZero(0, 10_000, 1000, HIGH, LOW)).toBe(0);
});

it('without a floor: 5.87e-4 at half of the steps, 0 at the end', () => {
  expect(learningRateToZero(5000, 10_000, 1000, HIGH)).toBeCloseTo(5.87e-4, 6);
  expect(learningRateToZero(9999, 10_000, 1000, HIGH)).toBe(0);
});
