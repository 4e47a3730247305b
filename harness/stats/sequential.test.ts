/** Proven exactly for any distribution, and by simulation with fixed seeds: errors of one look and of many. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { FIRST_LOOK, isPrecise, LAST_LOOK, nextLook, rankAt, sequentialInterval } from './sequential.ts';

/** P(the band at any of the looks leaves the median out): the walk of fair coins, absorbed where a look errs. */
function errorOf(looks: readonly number[]): number {
  let alive = Float64Array.of(1);
  let error = 0;
  let n = 0;
  for (const look of looks) {
    const step = binomialHalf(look - n);
    const next = new Float64Array(look + 1);
    for (const [count, p] of alive.entries()) {
      if (p > 1e-18) for (const [k, q] of step.entries()) next[count + k]! += p * q;
    }
    const rank = rankAt(look);
    for (let count = 0; count <= look; count++) {
      if (count >= rank && count <= look - rank) continue;
      error += next[count]!;
      next[count] = 0;
    }
    alive = next;
    n = look;
  }
  return error;
}

function binomialHalf(n: number): Float64Array {
  const p = new Float64Array(n + 1);
  let log = -n * Math.LN2;
  for (let k = 0; k <= n; k++) {
    p[k] = Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return p;
}

function looksUpTo(last: number): number[] {
  const looks: number[] = [];
  for (let look = FIRST_LOOK; look <= last; look = nextLook(look)) looks.push(look);
  return looks;
}

const NOISE: Record<string, { draw(random: Rng): number; median: number }> = {
  normal: { draw: (r) => 100 + 3 * r.normal(), median: 100 },
  'skewed (exponential)': { draw: (r) => 95 - 8 * Math.log(1 - r.uniform()), median: 95 + 8 * Math.LN2 },
  'skewed (lognormal)': { draw: (r) => 90 + 10 * Math.exp(0.7 * r.normal()), median: 100 },
  // Median of the mixture: the 5/7 quantile of its lower part.
  bimodal: { draw: (r) => (r.uniform() < 0.7 ? 100 : 120) + r.normal(), median: 100 + 0.565949 },
};

describe('sequentialInterval', () => {
  it('leaves the median out at any of ten looks with a probability of 4 to 5 %, whatever the distribution', () => {
    const error = errorOf(looksUpTo(LAST_LOOK));
    expect(error).toBeLessThanOrEqual(0.05);
    expect(error).toBeGreaterThan(0.04);
  });

  it('does so with probability ≤ 5 % when the budget ends sampling between two looks', () => {
    for (const last of [17, 23, 40, 100, 500, 700, 1500, 3000]) {
      expect(errorOf([...looksUpTo(last - 1), last]), String(last)).toBeLessThanOrEqual(0.05);
    }
  });

  for (const [name, { draw, median }] of Object.entries(NOISE)) {
    it(`covers the median of ${name} noise in at least 94 % of 1000 runs that stop when it is precise`, () => {
      const random = rng(`stop ${name}`);
      let hits = 0;
      for (let run = 0; run < 1000; run++) {
        const samples: number[] = [];
        do {
          const look = nextLook(samples.length);
          while (samples.length < look) samples.push(draw(random));
        } while (samples.length < 512 && !isPrecise(sequentialInterval(samples), 0.01));
        const { low, high } = sequentialInterval(samples);
        if (low <= median && median <= high) hits++;
      }
      expect(hits / 1000).toBeGreaterThanOrEqual(0.94);
    });
  }

  it('covers in 95 ± 1 % of 4000 runs that stop, against it, as soon as it is wrong, within ten looks', () => {
    const random = rng('adversary');
    let hits = 0;
    for (let run = 0; run < 4000; run++) {
      // Only which side of the median a sample falls on matters: counts suffice.
      let [below, n] = [0, 0];
      let wrong = false;
      for (const look of looksUpTo(LAST_LOOK)) {
        // Normal approximation of many coins, exact coins for few.
        const m = look - n;
        if (m > 64) below += Math.round(m / 2 + (Math.sqrt(m) / 2) * random.normal());
        else for (let i = 0; i < m; i++) if (random.uniform() < 0.5) below++;
        n = look;
        const rank = rankAt(n);
        wrong ||= below < rank || below > n - rank;
      }
      if (!wrong) hits++;
    }
    expect(hits / 4000).toBeGreaterThan(0.94);
    expect(hits / 4000).toBeLessThan(0.96);
  });

  it('is that of a fixed number of samples below the first look', () => {
    expect(sequentialInterval([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });
});
