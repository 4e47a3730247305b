/**
 * Where the level of a series changed, once or often: E-divisive (Matteson & James, "A Nonparametric Approach for Multiple
 * Change Point Analysis of Multivariate Data", 2014), which benchmark histories are watched with elsewhere too (Daly et al., "The Use of
 * Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System", 2020). It takes no
 * distribution for granted: parts of the series are told apart by the energy distance between their values, and the chance of so large a
 * distance is found by shuffling.
 */
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { shuffled } from '../schedule.ts';

export interface LevelChange {
  /** The first index behind the change. */
  readonly at: number;
  /** Share of shuffled series with as large a distance, this one among them. */
  readonly p: number;
}

/** Chance that a series without a change has any. */
export const CHANGE_LEVEL = 0.01;
/** With the series itself 500, so that p is a multiple of 0.002. */
const SHUFFLES = 499;
/** Values on each side of a change: one or two that stick out are no level. */
export const LEAST_VALUES = 3;

/**
 * Changes in the order of the series. Values are independent, of any distribution; what counts is their difference, so that times go in
 * as logarithms. The same values give the same answer: shuffling has a fixed seed. Fewer than six values have none, and a change with
 * few values behind it is seen when more have come.
 *
 * Simulated (the test repeats it) with normal noise of 1.5 %: any change in at most 1 % of flat series; a step of 5 % with ten values on
 * either side is found in at least 98 %, in at least 96 % of them within one value of its place; with five values behind it and 45
 * before in 95 %, with three in about 70 %.
 *
 * O(n²) memory; O(n²) time a shuffle, of which a flat series needs a few.
 */
export function levelChanges(values: readonly number[]): LevelChange[] {
  const random = rng('level changes');
  let parts: readonly (readonly number[])[] = [values];
  const found: LevelChange[] = [];
  for (;;) {
    const splits = parts.map(split);
    const best = splits.reduce((a, b) => (b.distance > a.distance ? b : a));
    const p = chanceOf(best.distance, parts, random);
    if (p > CHANGE_LEVEL) return found.sort((a, b) => a.at - b.at);
    const i = splits.indexOf(best);
    const start = parts.slice(0, i).reduce((sum, part) => sum + part.length, 0);
    found.push({ at: start + best.at, p });
    const part = parts[i]!;
    parts = [...parts.slice(0, i), part.slice(0, best.at), part.slice(best.at), ...parts.slice(i + 1)];
  }
}

/** Of the largest distance in any part, where each part is shuffled in itself; 1 as soon as it cannot be below the level any more. */
function chanceOf(distance: number, parts: readonly (readonly number[])[], random: Rng): number {
  const most = Math.floor(CHANGE_LEVEL * (SHUFFLES + 1)) - 1;
  let larger = 0;
  for (let i = 0; i < SHUFFLES; i++) {
    if (parts.some((part) => split(shuffled(part, random)).distance >= distance)) larger++;
    if (larger > most) return 1;
  }
  return (larger + 1) / (SHUFFLES + 1);
}

/**
 * Where the values before differ most from a stretch behind; the stretch may end before the series does, so that a level that came and
 * went is seen. A distance of −∞ where there are too few values.
 */
function split(values: readonly number[]): { at: number; distance: number } {
  const n = values.length;
  let best = { at: 0, distance: Number.NEGATIVE_INFINITY };
  if (n < 2 * LEAST_VALUES) return best;
  // sums[i (n + 1) + j]: of |x − y| over the first i and the first j values.
  const sums = new Float64Array((n + 1) ** 2);
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) {
      row += Math.abs(values[i]! - values[j]!);
      sums[(i + 1) * (n + 1) + j + 1] = sums[i * (n + 1) + j + 1]! + row;
    }
  }
  const square = (i: number) => sums[i * (n + 1) + i]!;
  for (let at = LEAST_VALUES; at <= n - LEAST_VALUES; at++) {
    const left = square(at) / (at * (at - 1));
    for (let end = at + LEAST_VALUES; end <= n; end++) {
      const [a, b] = [at, end - at];
      const between = sums[at * (n + 1) + end]! - square(at);
      const right = (square(end) - square(at) - 2 * between) / (b * (b - 1));
      const distance = ((a * b) / (a + b)) * ((2 * between) / (a * b) - left - right);
      if (distance > best.distance) best = { at, distance };
    }
  }
  return best;
}
