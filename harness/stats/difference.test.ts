/** Proven by simulation with fixed seeds: coverage, false differences, power. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { judgeTable, type Timed, timeRatio } from './difference.ts';
import { median, sorted } from './median.ts';

/** Process medians around `ns`, with the relative spread that this kind of machine shows. */
function side(random: Rng, n: number, ns: number, spread = 0.015): Timed {
  const medians = Array.from({ length: n }, () => ns * Math.exp(spread * random.normal()));
  return timed(medians);
}

function timed(processMediansNs: number[], ciLowNs?: number, ciHighNs?: number): Timed {
  const ascending = sorted(processMediansNs);
  return {
    medianNs: median(processMediansNs),
    ciLowNs: ciLowNs ?? ascending[0]!,
    ciHighNs: ciHighNs ?? ascending.at(-1)!,
    processMediansNs,
  };
}

function share(times: number, simulation: () => boolean): number {
  let hits = 0;
  for (let i = 0; i < times; i++) if (simulation()) hits++;
  return hits / times;
}

const differs = ({ verdict }: { verdict: string }) => verdict === 'faster' || verdict === 'slower';

describe('timeRatio', () => {
  for (const [n, least, most] of [
    [3, 0.95, 0.98],
    [5, 0.935, 0.965],
    [10, 0.935, 0.965],
  ] as const) {
    it(`covers the true ratio in ${100 * least} to ${100 * most} % of 6000 simulations with ${n} processes a side`, () => {
      const random = rng(`coverage ${n}`);
      const covered = share(6000, () => {
        const { low, high } = timeRatio(side(random, n, 1000), side(random, n, 1300));
        return low <= 1.3 && 1.3 <= high;
      });
      expect(covered).toBeGreaterThan(least);
      expect(covered).toBeLessThan(most);
    });
  }

  it('covers in 95 ± 1.5 % where one side spreads three times as much as the other, 5 processes against 8', () => {
    const random = rng('unequal spread');
    const covered = share(6000, () => {
      const { low, high } = timeRatio(side(random, 5, 1000, 0.03), side(random, 8, 800, 0.01));
      return low <= 0.8 && 0.8 <= high;
    });
    expect(covered).toBeGreaterThan(0.935);
    expect(covered).toBeLessThan(0.965);
  });

  it('agrees with Welch on logarithms in a worked example', () => {
    // log2 medians 1, 2, 3 against 3, 4, 5: difference 2, standard error √(2/3), ν = 4, t = 2.4495.
    const { ratio, p, low } = timeRatio(timed([2, 4, 8]), timed([8, 16, 32]));
    expect(ratio).toBeCloseTo(4, 12);
    expect(p).toBeCloseTo(0.0705, 4);
    expect(Math.log2(low)).toBeCloseTo(2 - 2.7764 * Math.sqrt(2 / 3), 3);
  });

  it('does not take processes that agree to the last digit for certainty', () => {
    const { low, high } = timeRatio(timed([5000, 5000, 5000]), timed([5001, 5001, 5001]));
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  it('with fewer than 3 processes a side divides the intervals from samples crosswise and widens by 10 %', () => {
    const { ratio, low, high, p, basis } = timeRatio(timed([100], 98, 102), timed([200], 196, 204));
    expect({ ratio, basis, p }).toEqual({ ratio: 2, basis: 'samples', p: undefined });
    expect(low).toBeCloseTo(196 / 102 / 1.1, 12);
    expect(high).toBeCloseTo((204 / 98) * 1.1, 12);
  });
});

describe('judgeTable', () => {
  for (const n of [3, 5, 10]) {
    it(`names a difference in at most 1 % of 1500 tables of 20 identical pairs, ${n} processes a side`, () => {
      const random = rng(`false differences ${n}`);
      const named = share(1500, () =>
        // Without tolerance for small differences, so that only the correction holds them back.
        judgeTable(
          Array.from({ length: 20 }, () => timeRatio(side(random, n, 1000), side(random, n, 1000))),
          0,
        ).some(differs),
      );
      expect(named).toBeLessThanOrEqual(0.01);
    });
  }

  it('names a difference in at most 1 % of 1500 tables of identical variants against one baseline', () => {
    const random = rng('shared baseline');
    const named = share(1500, () => {
      const baseline = side(random, 5, 1000);
      const ratios = Array.from({ length: 8 }, () => timeRatio(baseline, side(random, 5, 1000)));
      return judgeTable(ratios, 0).some(differs);
    });
    expect(named).toBeLessThanOrEqual(0.01);
  });

  it('at most 1 % of the differences it names are false where half of 20 rows differ by 5 %', () => {
    const random = rng('half differ');
    let total = 0;
    for (let i = 0; i < 1000; i++) {
      const ratios = Array.from({ length: 20 }, (_, k) =>
        timeRatio(side(random, 5, 1000), side(random, 5, k < 10 ? 1050 : 1000)),
      );
      const verdicts = judgeTable(ratios, 0).map(differs);
      const named = verdicts.filter(Boolean).length;
      const wrong = verdicts.slice(10).filter(Boolean).length;
      total += named === 0 ? 0 : wrong / named;
    }
    expect(total / 1000).toBeLessThanOrEqual(0.01);
  });

  it('calls an identical pair different in at most 1 % of 20,000 comparisons by itself, 5 processes a side', () => {
    const random = rng('identical pair');
    const named = share(20_000, () =>
      judgeTable([timeRatio(side(random, 5, 1000), side(random, 5, 1000))]).some(differs),
    );
    expect(named).toBeLessThanOrEqual(0.01);
  });

  it('finds one slowdown of 5 % at 1.5 % spread in at least 85 % of 2000 pairs, 5 processes a side', () => {
    const random = rng('power for 5 %');
    const found = share(2000, () => {
      const [only] = judgeTable([timeRatio(side(random, 5, 1000), side(random, 5, 1050))]);
      return only!.verdict === 'slower';
    });
    expect(found).toBeGreaterThanOrEqual(0.85);
  });

  it('does not name a difference below 1 %, however sure', () => {
    const ratio = { ratio: 1.008, low: 1.007, high: 1.009, p: 1e-9, basis: 'processes' as const };
    expect(judgeTable([ratio], 0.005)[0]!.verdict).toBe('unclear');
  });

  for (const [n, power] of [
    [3, 0.75],
    [5, 0.99],
  ] as const) {
    it(`finds one slowdown of 10 % at 1.5 % spread in at least ${100 * power} % of 600 pairs, ${n} processes a side`, () => {
      const random = rng(`power ${n}`);
      const found = share(600, () => {
        const [only] = judgeTable([timeRatio(side(random, n, 1000), side(random, n, 1100))]);
        return only!.verdict === 'slower';
      });
      expect(found).toBeGreaterThanOrEqual(power);
    });
  }

  it('finds one slowdown of 10 % among 19 identical pairs in at least 90 % of 600 tables, 5 processes a side', () => {
    const random = rng('power in a table');
    const found = share(600, () => {
      const ratios = Array.from({ length: 20 }, (_, k) =>
        timeRatio(side(random, 5, 1000), side(random, 5, k === 7 ? 1100 : 1000)),
      );
      return judgeTable(ratios)[7]!.verdict === 'slower';
    });
    expect(found).toBeGreaterThanOrEqual(0.9);
  });

  it('calls an interval within ±3 % the same, even where it excludes 1', () => {
    const ratio = { ratio: 1.01, low: 1.005, high: 1.015, p: 1e-6, basis: 'processes' as const };
    expect(judgeTable([ratio])[0]!.verdict).toBe('same');
    expect(judgeTable([ratio], 0.001)[0]!.verdict).toBe('slower');
  });

  it('says what an unclear ratio could hide', () => {
    const ratio = { ratio: 0.98, low: 0.8, high: 1.2, p: 0.8, basis: 'processes' as const };
    const [only] = judgeTable([ratio]);
    expect(only!.verdict).toBe('unclear');
    expect(only!.hidden).toBeCloseTo(0.25, 12);
  });

  it('needs intervals 10 % apart where there are fewer than 3 processes', () => {
    const near = timeRatio(timed([100], 99, 101), timed([110], 109, 111));
    const far = timeRatio(timed([100], 99, 101), timed([120], 118, 122));
    expect(judgeTable([near, far]).map(({ verdict }) => verdict)).toEqual(['unclear', 'slower']);
  });
});
