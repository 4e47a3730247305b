/** By simulation with fixed seeds: false alarms, power and place. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { CHANGE_LEVEL, levelChanges } from './divisive.ts';

/** Of the times of one commit and the next, with the same code. */
const NOISE = 0.015;

/** Logarithms of times; `steps` are relative changes by the index that they happen at. */
function series(random: Rng, n: number, steps: Record<number, number> = {}, draw = random.normal): number[] {
  let level = 0;
  return Array.from({ length: n }, (_, i) => {
    level += Math.log1p(steps[i] ?? 0);
    return level + NOISE * draw();
  });
}

describe('flat series', () => {
  for (const n of [8, 20, 60]) {
    it(`of ${n} noisy values have a change in at most 1 % of 1000, give or take the error of the simulation`, () => {
      const random = rng(`flat ${n}`);
      const alarms = Array.from({ length: 1000 }, () => levelChanges(series(random, n)).length > 0);
      // Three standard errors of 1 % in 1000.
      expect(alarms.filter(Boolean).length / 1000).toBeLessThanOrEqual(CHANGE_LEVEL + 0.0095);
    });
  }

  it('of skewed values, and with one in ten disturbed, too', () => {
    for (const [name, of] of Object.entries({
      skewed: (random: Rng) => () => -Math.log(1 - random.uniform()),
      disturbed: (random: Rng) => () => (random.integer(10) === 0 ? 5 : 1) * random.normal(),
    })) {
      const random = rng(name);
      const alarms = Array.from(
        { length: 1000 },
        () => levelChanges(series(random, 30, {}, of(random))).length > 0,
      );
      expect(alarms.filter(Boolean).length / 1000, name).toBeLessThanOrEqual(CHANGE_LEVEL + 0.0095);
    }
  });

  it('of equal values, and of few, have none', () => {
    expect(levelChanges(Array(30).fill(1))).toEqual([]);
    expect(levelChanges([])).toEqual([]);
    expect(levelChanges([1, 1, 1, 9, 9])).toEqual([]);
  });
});

describe('a step of 5 % at a noise of 1.5 %', () => {
  const tried = (n: number, at: number, step = 0.05) => {
    const random = rng(`step ${n} ${at} ${step}`);
    const found = Array.from({ length: 500 }, () => levelChanges(series(random, n, { [at]: step })));
    const once = found.filter((changes) => changes.length > 0);
    const near = once.filter((changes) => changes.some((change) => Math.abs(change.at - at) <= 1));
    return { found: once.length / 500, near: near.length / once.length };
  };

  it('with ten values on either side is found in at least 98 %, within one of its place in at least 96 % of those', () => {
    const { found, near } = tried(20, 10);
    expect(found).toBeGreaterThanOrEqual(0.98);
    expect(near).toBeGreaterThanOrEqual(0.96);
  });

  it('with 45 values before and five behind is found in at least 95 %', () => {
    expect(tried(50, 45).found).toBeGreaterThanOrEqual(0.95);
  });

  it('downwards as well', () => expect(tried(20, 10, -0.05).found).toBeGreaterThanOrEqual(0.98));
});

it('finds a rise and a fall, each within one value of its place, in at least 95 % of 200 series', () => {
  const random = rng('rise and fall');
  const right = Array.from({ length: 200 }, () => {
    const places = levelChanges(series(random, 40, { 15: 0.08, 27: -0.08 })).map(({ at }) => at);
    return places.length === 2 && Math.abs(places[0]! - 15) <= 1 && Math.abs(places[1]! - 27) <= 1;
  });
  expect(right.filter(Boolean).length / 200).toBeGreaterThanOrEqual(0.95);
});

it('finds the same each time', () => {
  const values = series(rng('same'), 30, { 12: 0.05 });
  expect(levelChanges(values)).toEqual(levelChanges(values));
});
