/** Proven by simulation with fixed seeds: false alarms and power of the flags. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { dip, findModes, findOutliers } from './shape.ts';

const series = (n: number, value: (i: number) => number) => Array.from({ length: n }, (_, i) => value(i));

function share(times: number, simulation: () => boolean): number {
  let hits = 0;
  for (let i = 0; i < times; i++) if (simulation()) hits++;
  return hits / times;
}

describe('findModes', () => {
  const UNIMODAL: Record<string, (random: Rng) => number> = {
    'uniform, the hardest': (r) => 1 + r.uniform(),
    normal: (r) => 1 + 0.1 * r.normal(),
    'skewed (exponential)': (r) => 1 - 0.2 * Math.log(1 - r.uniform()),
    'skewed (lognormal)': (r) => Math.exp(0.3 * r.normal()),
  };
  for (const [name, draw] of Object.entries(UNIMODAL)) {
    it(`flags at most 1 % of 1000 unimodal samples of 20, 60 and 200: ${name}`, () => {
      for (const n of [20, 60, 200]) {
        const random = rng(`unimodal ${name} ${n}`);
        const flagged = share(1000, () => findModes(series(n, () => draw(random))) !== undefined);
        expect(flagged, `n = ${n}`).toBeLessThanOrEqual(0.01);
      }
    });
  }

  for (const [n, part] of [
    [40, 0.5],
    [160, 0.25],
  ] as const) {
    it(`finds modes 20 % apart with 2 % noise, ${100 * part} % at the upper one, in at least 95 % of 300 samples of ${n}`, () => {
      const random = rng(`bimodal ${n}`);
      const found = share(300, () => {
        const draw = () => (random.uniform() < part ? 120 : 100) * (1 + 0.02 * random.normal());
        const modes = findModes(series(n, draw));
        return modes !== undefined && Math.abs(modes.low - 100) < 2 && Math.abs(modes.high - 120) < 3;
      });
      expect(found).toBeGreaterThanOrEqual(0.95);
    });
  }

  it('does not flag modes 2 % apart, which matter to nobody, or a coarse clock', () => {
    const random = rng('near');
    expect(findModes(series(200, (i) => (i % 2 ? 100 : 102) + 0.1 * random.normal()))).toBeUndefined();
    expect(findModes(series(200, (i) => 500 + 5 * (i % 2)))).toBeUndefined();
  });
});

describe('dip', () => {
  it('is 1/4 for two tight clusters of equal size and 1/(2n) at least for evenly spaced samples', () => {
    expect(dip(series(100, (i) => (i % 2) + 1e-6 * i))).toBeCloseTo(0.25, 2);
    expect(dip(series(100, (i) => i))).toBeLessThan(0.01);
    expect(dip([5, 5, 5])).toBe(0);
  });

  it('does not depend on unit or sign', () => {
    const random = rng('affine');
    const x = series(80, () => random.normal());
    expect(dip(x.map((v) => 1000 * v + 7))).toBeCloseTo(dip(x), 10);
    expect(dip(x.map((v) => -v))).toBeCloseTo(dip(x), 10);
  });
});

describe('findOutliers', () => {
  it('counts samples three interquartile ranges out, and says where the fences stand', () => {
    const samples = [...series(20, (i) => 100 + (i % 5)), 200, 300, 10];
    const { count, belowNs, aboveNs } = findOutliers(samples);
    expect(count).toBe(3);
    expect(belowNs).toBeGreaterThan(80);
    expect(aboveNs).toBeLessThan(120);
  });

  it('calls fewer than one in 10,000 normal samples an outlier', () => {
    const random = rng('normal');
    expect(findOutliers(series(20_000, () => 100 + random.normal())).count).toBeLessThanOrEqual(2);
  });

  it('takes no step of a coarse clock for one', () => {
    expect(findOutliers([...series(30, () => 500), 505, 495]).count).toBe(0);
  });
});
