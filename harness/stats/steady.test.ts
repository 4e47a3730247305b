/** Proven by simulation with fixed seeds: false alarms on level noise, detection of warm-up curves. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { changePoint, isSteady, steadyFrom, WarmUpWatch } from './steady.ts';

function share(times: number, simulation: () => boolean): number {
  let hits = 0;
  for (let i = 0; i < times; i++) if (simulation()) hits++;
  return hits / times;
}

const series = (n: number, value: (i: number) => number) => Array.from({ length: n }, (_, i) => value(i));
const NOISE: Record<string, (random: Rng) => number> = {
  'normal noise of 5 %': (r) => 1 + 0.05 * r.normal(),
  'exponential noise of 10 %': (r) => 1 - 0.1 * Math.log(1 - r.uniform()),
  'noise of 2 % with one sample in 20 doubled': (r) => (r.uniform() < 0.05 ? 2 : 1) * (1 + 0.02 * r.normal()),
};

describe('isSteady', () => {
  for (const [name, noise] of Object.entries(NOISE)) {
    it(`says no to at most 1 % of 1000 level series of 40 and of 200 with ${name}`, () => {
      for (const n of [40, 200]) {
        const random = rng(`level ${name} ${n}`);
        expect(
          share(
            1000,
            () =>
              !isSteady(
                series(n, () => noise(random)),
                0.05,
              ),
          ),
        ).toBeLessThanOrEqual(0.01);
      }
    });
  }

  const SHAPES: Record<string, (t: number) => number> = {
    'a step of 15 % at a third': (t) => (t < 1 / 3 ? 1.15 : 1),
    'a step of 15 % upwards at a half': (t) => (t < 1 / 2 ? 1 : 1.15),
    'a slope of 30 %': (t) => 1.3 - 0.3 * t,
    'an exponential approach from 2 ×': (t) => 1 + Math.exp(-4 * t),
  };
  for (const [name, shape] of Object.entries(SHAPES)) {
    it(`finds ${name} under 5 % noise in at least 99 % of 500 series of 60`, () => {
      const random = rng(name);
      const found = share(
        500,
        () =>
          !isSteady(
            series(60, (i) => shape(i / 60) * (1 + 0.05 * random.normal())),
            0.05,
          ),
      );
      expect(found).toBeGreaterThanOrEqual(0.99);
    });
  }

  it('takes a change of 2 % for none, however clear', () => {
    expect(
      isSteady(
        series(100, (i) => (i < 50 ? 1 : 1.02) + 1e-4 * (i % 7)),
        0.05,
      ),
    ).toBe(true);
    expect(
      isSteady(
        series(100, (i) => (i < 50 ? 1 : 1.02) + 1e-4 * (i % 7)),
        0.01,
      ),
    ).toBe(false);
  });

  it('compares the halves of fewer than 16 values, and one value is not steady', () => {
    expect(isSteady([1, 1.01, 0.99, 1, 1.02, 1], 0.05)).toBe(true);
    expect(isSteady([2, 1.5, 1.2, 1, 1, 1], 0.05)).toBe(false);
    expect(isSteady([1], 0.05)).toBe(false);
  });
});

it('changePoint finds where the level changes', () => {
  const { at, shift, p } = changePoint(series(50, (i) => (i < 20 ? 2 : 1) + 0.001 * (i % 3)));
  expect(at).toBe(20);
  expect(shift).toBeCloseTo(-0.5, 2);
  expect(p).toBeLessThan(1e-5);
});

/** A cell whose calls are as slow as `factor` says of the time spent on it; batches last 0.5 ms. */
function warmUp(random: Rng, factor: (ms: number) => number): { ms: number; settled: boolean } {
  const watch = new WarmUpWatch();
  let settled = false;
  while (!settled && watch.spentMs < 400) {
    const ms = 0.5 * factor(watch.spentMs) * (1 + 0.03 * Math.abs(random.normal()));
    settled = watch.add(ms, 10);
  }
  return { ms: watch.spentMs, settled };
}

describe('steadyFrom', () => {
  it('finds the sample at which a late tier arrives, give or take two, in at least 90 % of 500 series of 64', () => {
    const random = rng('late tier');
    const found = share(500, () => {
      const at = steadyFrom(
        series(64, (i) => (i < 20 ? 2 : 1) * (1 + 0.05 * random.normal())),
        0.05,
      );
      return at !== undefined && Math.abs(at - 20) <= 2;
    });
    expect(found).toBeGreaterThanOrEqual(0.9);
  });

  it('is 0 for a level series and undefined for a slope or a change in the second half', () => {
    expect(
      steadyFrom(
        series(64, (i) => 1 + 0.01 * (i % 5)),
        0.05,
      ),
    ).toBe(0);
    expect(
      steadyFrom(
        series(64, (i) => 1 + i / 64),
        0.05,
      ),
    ).toBeUndefined();
    expect(
      steadyFrom(
        series(64, (i) => (i < 44 ? 2 : 1)),
        0.05,
      ),
    ).toBeUndefined();
  });
});

describe('WarmUpWatch', () => {
  const TIERS: Record<string, { factor(ms: number): number; from: number }> = {
    'a tier-up to twice the speed after 15 ms': { factor: (ms) => (ms < 15 ? 2 : 1), from: 15 },
    'tier-ups after 5 and 18 ms': { factor: (ms) => (ms < 5 ? 10 : ms < 18 ? 1.3 : 1), from: 18 },
    'an exponential approach with 20 ms': { factor: (ms) => 1 + 2 * Math.exp(-ms / 20), from: 60 },
  };
  for (const [name, { factor, from }] of Object.entries(TIERS)) {
    it(`ends behind ${name}, within four times as long, in at least 95 % of 500 runs`, () => {
      const random = rng(name);
      const ends = Array.from({ length: 500 }, () => warmUp(random, factor));
      const right = ends.filter(({ ms, settled }) => settled && ms >= from && ms <= 4 * from);
      expect(right.length).toBeGreaterThanOrEqual(475);
    });
  }

  it('ends within 60 ms in at least 95 % of 500 runs that are steady from the start', () => {
    const random = rng('flat');
    const ends = Array.from({ length: 500 }, () => warmUp(random, () => 1));
    expect(ends.filter(({ ms, settled }) => settled && ms <= 60).length).toBeGreaterThanOrEqual(475);
  });

  it('calls a cell that slows down by 1 % a millisecond settled in at most 1 % of 500 runs', () => {
    const random = rng('slowing');
    expect(share(500, () => warmUp(random, (ms) => 1.01 ** ms).settled)).toBeLessThanOrEqual(0.01);
  });
});
