/** What a median does not say about samples: outliers, which are labelled and kept, and more than one mode. */
import { median, quantile, sorted } from './median.ts';

export interface Outliers {
  readonly count: number;
  /** Samples outside these two are the outliers. */
  readonly belowNs: number;
  readonly aboveNs: number;
}

/** Spread (of the median) below which nothing is called an outlier: a coarse clock gives quartiles that coincide. */
const LEAST_FENCE = 0.02;

/**
 * Outside three interquartile ranges beyond the quartiles: "far out" in Tukey, "Exploratory Data Analysis" (1977). One in
 * 425,000 normal samples; of a skewed distribution more, which is why they are only counted. Within one process: what is
 * far out there may be ordinary in another.
 */
export function findOutliers(samples: readonly number[]): Outliers {
  const ascending = sorted(samples);
  const [q1, q3] = [quantile(ascending, 0.25), quantile(ascending, 0.75)];
  const reach = Math.max(3 * (q3 - q1), LEAST_FENCE * quantile(ascending, 0.5));
  const [belowNs, aboveNs] = [q1 - reach, q3 + reach];
  return { count: samples.filter((ns) => ns < belowNs || ns > aboveNs).length, belowNs, aboveNs };
}

/** Two levels that a cell runs at: their medians, and the share of samples at the upper one. */
export interface Modes {
  readonly low: number;
  readonly high: number;
  readonly shareHigh: number;
}

/** Least samples for which two modes are looked for. */
const LEAST_FOR_MODES = 16;
/**
 * √n · dip of uniform samples, the unimodal distribution that is hardest to tell from a bimodal one, lies above this with
 * a probability below 1 % for n = 16 to 1024 (4000 simulations each; the test repeats some).
 */
const CRITICAL_DIP = 0.6;
/** Modes nearer to each other, or rarer, do not change what a person does with the number. */
const LEAST_DISTANCE = 0.05;
const LEAST_SHARE = 0.1;

/** Two modes at least 5 % apart with at least 10 % of the samples each, found with a false-alarm rate of at most 1 %. */
export function findModes(samples: readonly number[]): Modes | undefined {
  const n = samples.length;
  if (n < LEAST_FOR_MODES || Math.sqrt(n) * dip(samples) <= CRITICAL_DIP) return undefined;
  const ascending = sorted(samples);
  const cut = splitInTwo(ascending);
  const [low, high] = [median(ascending.slice(0, cut)), median(ascending.slice(cut))];
  const shareHigh = 1 - cut / n;
  if (high < low * (1 + LEAST_DISTANCE) || Math.min(shareHigh, 1 - shareHigh) < LEAST_SHARE) return undefined;
  return { low, high, shareHigh };
}

/**
 * Hartigan & Hartigan's dip ("The Dip Test of Unimodality", 1985): the distance of the samples' distribution function from
 * the nearest unimodal one. Computed as half of the largest excess mass that a second interval adds (Müller & Sawitzki,
 * "Excess Mass Estimates and Tests for Multimodality", 1991), over 81 densities from 0.1 to 1000 times the mean one.
 */
export function dip(samples: readonly number[]): number {
  const x = sorted(samples);
  const n = x.length;
  const range = x[n - 1]! - x[0]!;
  if (!(range > 0)) return 0;
  let largest = 0;
  for (let step = 0; step <= 80; step++) {
    const density = (0.1 * 10 ** (step / 20)) / range;
    // Most mass above the density in one interval and in two: ending here, and anywhere so far.
    let [one, two] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [bestOne, bestTwo] = [0, 0];
    for (let i = 0; i < n; i++) {
      const cost = i === 0 ? 0 : density * (x[i]! - x[i - 1]!);
      two = Math.max(two - cost, bestOne) + 1 / n;
      one = Math.max(one - cost, 0) + 1 / n;
      bestTwo = Math.max(bestTwo, two);
      bestOne = Math.max(bestOne, one);
    }
    largest = Math.max(largest, bestTwo - bestOne);
  }
  return largest / 2;
}

/** First index of the upper of two groups with the least squares within them (k-means in one dimension, exactly). */
function splitInTwo(ascending: readonly number[]): number {
  const n = ascending.length;
  // An outlier's square must not decide where the groups part.
  const logs = ascending.map((value) => Math.log(value));
  const total = logs.reduce((a, b) => a + b);
  let sum = 0;
  let best = Number.NEGATIVE_INFINITY;
  let cut = 1;
  for (let i = 1; i < n; i++) {
    sum += logs[i - 1]!;
    const between = sum ** 2 / i + (total - sum) ** 2 / (n - i);
    if (between > best) {
      best = between;
      cut = i;
    }
  }
  return cut;
}
