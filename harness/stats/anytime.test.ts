/** By simulation with fixed seeds: what the formulas promise at every look, and what they find. */
import { describe, expect, it } from 'vitest';
import { normals, type Rng, rng } from '../../kernels/lib/rng.ts';
import { anytimeInterval, logEvidence, standing } from './anytime.ts';

/** Pairs of processes on a quiet machine differ by so much. */
const SPREAD = 0.014;
const MOST_PAIRS = 50;

function series(seed: string, count: number, mean: number, draw = normals): number[][] {
  const random = rng(seed);
  return Array.from({ length: count }, () => Array.from(draw(random, MOST_PAIRS), (z) => mean + SPREAD * z));
}

/** Pairs after which the evidence passes 1/α; undefined where it never does. */
function foundAfter(pairs: readonly number[], alpha: number): number | undefined {
  for (let n = 2; n <= pairs.length; n++) if (logEvidence(pairs.slice(0, n)) >= Math.log(1 / alpha)) return n;
  return undefined;
}

describe('evidence, looked at after each of 50 pairs', () => {
  it('passes 1/0.05 without a difference in at most 5 % of 4000 series', () => {
    const alarms = series('null', 4000, 0).filter((pairs) => foundAfter(pairs, 0.05) !== undefined);
    expect(alarms.length / 4000).toBeLessThan(0.05);
    // Or the test could not fail.
    expect(alarms.length).toBeGreaterThan(20);
  });

  it('passes 1/0.05 in at most 5 % of 2000 series whose processes are skewed, or of which one in 20 is disturbed', () => {
    // Both processes of a pair have an exponential delay; five standard deviations in one pair of 20.
    const delay = (random: Rng) => -Math.log(1 - random.uniform());
    const draws = {
      skewed: (random: Rng, n: number) =>
        Float32Array.from({ length: n }, () => delay(random) - delay(random)),
      disturbed: (random: Rng, n: number) =>
        normals(random, n).map((z) => (random.uniform() < 0.05 ? 5 * z : z)),
    };
    for (const [name, draw] of Object.entries(draws)) {
      const alarms = series(name, 2000, 0, draw).filter((pairs) => foundAfter(pairs, 0.05) !== undefined);
      expect(alarms.length / 2000, name).toBeLessThan(0.05);
    }
  });

  const power = (mean: number, cells: number, within: number) =>
    series(`power ${mean}`, 1000, Math.log1p(mean)).filter(
      (pairs) => (foundAfter(pairs, 0.01 / cells) ?? Number.POSITIVE_INFINITY) <= within,
    ).length / 1000;

  it('finds, alone at level 0.01: 5 % in 99 % within 12 pairs, 2 % in 99 % and 1 % in 80 % within 50', () => {
    expect(power(0.05, 1, 12)).toBeGreaterThanOrEqual(0.99);
    expect(power(0.02, 1, 50)).toBeGreaterThanOrEqual(0.99);
    expect(power(0.01, 1, 50)).toBeGreaterThanOrEqual(0.8);
  });

  it('finds, as the one among 20 cells: 5 % in 99 % within 20 pairs, 2 % in 95 % and 1 % in 60 % within 50', () => {
    expect(power(0.05, 20, 20)).toBeGreaterThanOrEqual(0.99);
    expect(power(0.02, 20, 50)).toBeGreaterThanOrEqual(0.95);
    expect(power(0.01, 20, 50)).toBeGreaterThanOrEqual(0.6);
  });
});

it('the 95 % interval holds the mean at all of 50 looks in at least 95 % of 2000 series', () => {
  const missed = series('interval', 2000, 0.02).filter((pairs) => {
    for (let n = 2; n <= pairs.length; n++) {
      const { low, high } = anytimeInterval(pairs.slice(0, n), 0.05);
      if (low > 0.02 || high < 0.02) return true;
    }
    return false;
  });
  expect(missed.length / 2000).toBeLessThan(0.05);
  expect(missed.length).toBeGreaterThan(10);
});

it('the interval ends where the evidence reaches its level', () => {
  const pairs = series('ends', 1, 0.03)[0]!.slice(0, 12);
  const { low, high } = anytimeInterval(pairs, 0.01);
  for (const end of [low, high]) expect(logEvidence(pairs, end)).toBeCloseTo(Math.log(100), 9);
});

describe('standing', () => {
  it('names any of 20 equal cells in at most 5 % of 400 suites, looked at after each pair', () => {
    let alarms = 0;
    for (let suite = 0; suite < 400; suite++) {
      const cells = series(`suite ${suite}`, 20, 0);
      for (let n = 2; n <= MOST_PAIRS; n++) {
        const evidences = cells.map((pairs) => logEvidence(pairs.slice(0, n)));
        if (standing(evidences, 0.05).some(Boolean)) {
          alarms++;
          break;
        }
      }
    }
    expect(alarms / 400).toBeLessThan(0.05);
  });

  it('asks less of each where several differ', () => {
    const evidence = Math.log(10 / (5 * 0.01));
    expect(standing([evidence, ...Array<number>(9).fill(0)], 0.01)[0]).toBe(false);
    expect(standing([...Array<number>(5).fill(evidence), ...Array<number>(5).fill(0)], 0.01)[0]).toBe(true);
  });

  it('names none of none', () => expect(standing([], 0.01)).toEqual([]));
});
