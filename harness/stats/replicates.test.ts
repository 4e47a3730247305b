/** Coverage of the interval that a record of several processes reports, by simulation of the whole chain. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { median } from './median.ts';
import { processInterval } from './replicates.ts';
import { isPrecise, nextLook, sequentialInterval } from './sequential.ts';

/** Around 1, with the median that the name's distribution has at `level` 1. */
const NOISE: Record<string, { draw(random: Rng): number; median: number }> = {
  normal: { draw: (r) => 1 + 0.03 * r.normal(), median: 1 },
  'skewed (exponential)': { draw: (r) => 1 - 0.05 * Math.log(1 - r.uniform()), median: 1 + 0.05 * Math.LN2 },
  'skewed (lognormal)': { draw: (r) => 1 + 0.05 * Math.exp(0.8 * r.normal()), median: 1.05 },
  // Median of the mixture: the 5/7 quantile of its lower part.
  bimodal: { draw: (r) => (r.uniform() < 0.7 ? 1 : 1.15) + 0.01 * r.normal(), median: 1 + 0.01 * 0.565949 },
};
/** Standard deviation of the logarithm of what processes run at. */
const BETWEEN = 0.015;

/** One process, as `harness/measure.ts` samples: until precise to 1 % or 128 batches. */
function processMedian(random: Rng, draw: (random: Rng) => number): number {
  const level = 1000 * Math.exp(BETWEEN * random.normal());
  const samples: number[] = [];
  do {
    const look = nextLook(samples.length);
    while (samples.length < look) samples.push(level * draw(random));
  } while (samples.length < 128 && !isPrecise(sequentialInterval(samples), 0.01));
  return median(samples);
}

/** Share of simulated cells whose interval holds the true time. */
function coverage(
  seed: string,
  cells: number,
  processes: number,
  noise: (typeof NOISE)[string],
  interval: (medians: number[]) => { low: number; high: number },
): number {
  const random = rng(seed);
  let hits = 0;
  for (let cell = 0; cell < cells; cell++) {
    const { low, high } = interval(
      Array.from({ length: processes }, () => processMedian(random, noise.draw)),
    );
    const truth = 1000 * noise.median;
    if (low <= truth && truth <= high) hits++;
  }
  return hits / cells;
}

describe('processInterval', () => {
  for (const [name, noise] of Object.entries(NOISE)) {
    for (const processes of [3, 5]) {
      it(`covers in 95 ± 1 % of 2500 cells of ${processes} processes with ${name} noise and sampling that stops when precise`, () => {
        const covered = coverage(
          `${name} ${processes}`,
          2500,
          processes,
          noise,
          (medians) => processInterval(medians)!,
        );
        expect(covered).toBeGreaterThanOrEqual(0.94);
        expect(covered).toBeLessThanOrEqual(0.96);
      });
    }
  }

  it('does what the percentile bootstrap of processes cannot: that covers in less than 90 % of cells of 5 processes', () => {
    const draws = rng('bootstrap');
    const covered = coverage('bootstrap cells', 400, 5, NOISE.normal!, (medians) => {
      const logs = medians.map(Math.log);
      const means = Array.from({ length: 400 }, () => {
        let sum = 0;
        for (let i = 0; i < logs.length; i++) sum += logs[draws.integer(logs.length)]!;
        return sum / logs.length;
      }).sort((a, b) => a - b);
      return { low: Math.exp(means[9]!), high: Math.exp(means[389]!) };
    });
    expect(covered).toBeLessThan(0.9);
  });

  it('says nothing for fewer than three processes', () => {
    expect(processInterval([1000, 1010])).toBeUndefined();
  });
});
