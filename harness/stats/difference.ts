/**
 * Is B faster than A? Ratios of times with their intervals, and verdicts for a whole table of them.
 *
 * The process is the replicate: calls in one process share its memory layout, its compiled code and its moment, so that
 * an interval from samples of one process misses the spread between processes (Georges et al., "Statistically Rigorous
 * Java Performance Evaluation", 2007; Kalibera & Jones, "Rigorous Benchmarking in Reasonable Time", 2013).
 */
import type { TimeSummary } from '../record.ts';
import { studentQuantile, studentTail } from './student.ts';

/** What is needed of one side: its median, the interval of it, and the median of each process. */
export type Timed = Pick<TimeSummary, 'medianNs' | 'ciLowNs' | 'ciHighNs' | 'processMediansNs'>;

/** Time of B ÷ time of A with a 95 % interval: below 1, B is faster. */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided probability of so large a difference between equal times; absent without enough processes. */
  readonly p?: number;
  /** What the interval knows: `processes` the spread between processes, `samples` only that within one. */
  readonly basis: 'processes' | 'samples';
}

export type DifferenceVerdict = 'faster' | 'slower' | 'same' | 'unclear';

export interface Difference extends Ratio {
  readonly verdict: DifferenceVerdict;
  /** With `unclear`: the largest difference that the interval leaves open, 0.08 for 8 % either way. */
  readonly hidden?: number;
}

/** From this many processes a side the spread between processes is estimated. */
export const ENOUGH_PROCESSES = 3;

/**
 * With fewer, the interval from samples is widened by this factor on either side. Measured: medians of 40 fresh processes of
 * one matrix product spread by 1.5 % (largest ÷ smallest 1.05), the ratio of two such by 2.1 %; 10 % is more than four
 * times that.
 */
export const BETWEEN_PROCESSES = 1.1;

/**
 * Least standard deviation of the logarithm of a process median. Processes that agree to the last digit show a coarse
 * clock (browsers: 5 µs and more), not a spread of zero.
 */
const LEAST_SPREAD = 1e-3;

/** Times that differ by less are taken for the same where a caller says nothing else. */
export const SAME_WITHIN = 0.03;

/**
 * Share of false ones among the differences that a table names; see {@link judgeTable}. One in a hundred, not the customary
 * one in twenty: people act on a named difference, and a table that cries wolf once a week is not read. What it costs, at
 * the 1.5 % by which processes spread: five processes a side find a difference of 5 % in 89 pairs of 100.
 */
export const FALSE_DIFFERENCES = 0.01;

/**
 * No difference is named whose estimate is smaller: where processes agree to 0.1 %, what is left is which pages the code and
 * data lie on (Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!", 2009), not which is better.
 */
export const LEAST_NAMED = 0.01;

/**
 * Time of `b` ÷ time of `a`. With three or more processes a side: Welch's interval (Welch, "The Generalization of
 * 'Student's' Problem when several different population variances are involved", 1947) for the difference of the means of
 * log process medians, so that the ratio is one of geometric means. Coverage over normal spreads, sides of 3 to 10
 * processes: 95 to 96.6 % where both spread alike, at least 92.9 % with spreads up to ten times apart (60,000 simulations
 * each). With fewer processes: the ends of the two intervals from samples divided crosswise, widened by
 * {@link BETWEEN_PROCESSES} and without p.
 */
export function timeRatio(a: Timed, b: Timed): Ratio {
  if (Math.min(a.processMediansNs.length, b.processMediansNs.length) < ENOUGH_PROCESSES) {
    return {
      ratio: b.medianNs / a.medianNs,
      low: b.ciLowNs / a.ciHighNs / BETWEEN_PROCESSES,
      high: (b.ciHighNs / a.ciLowNs) * BETWEEN_PROCESSES,
      basis: 'samples',
    };
  }
  const [x, y] = [logSpread(a.processMediansNs), logSpread(b.processMediansNs)];
  const difference = y.mean - x.mean;
  const variance = x.ofMean + y.ofMean;
  const nu = variance ** 2 / (x.ofMean ** 2 / (x.n - 1) + y.ofMean ** 2 / (y.n - 1));
  const error = Math.sqrt(variance);
  const half = studentQuantile(0.05, nu) * error;
  return {
    ratio: Math.exp(difference),
    low: Math.exp(difference - half),
    high: Math.exp(difference + half),
    p: studentTail(difference / error, nu),
    basis: 'processes',
  };
}

function logSpread(values: readonly number[]): { n: number; mean: number; ofMean: number } {
  const n = values.length;
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, v) => sum + v, 0) / n;
  const variance = logs.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  return { n, mean, ofMean: Math.max(variance, LEAST_SPREAD ** 2) / n };
}

/**
 * A verdict for each ratio of one table:
 * - `same`: its interval lies within ±`sameWithin`
 * - `faster`, `slower`: it is off by {@link LEAST_NAMED} at least, and not by chance when all ratios of the table are taken
 *   together
 * - `unclear`: neither; `hidden` says how much could be there
 *
 * Taken together by Benjamini & Hochberg ("Controlling the False Discovery Rate", 1995) at {@link FALSE_DIFFERENCES}: of the
 * differences that a table names, at most 1 % are expected to be false, and at most 1 % of tables in which nothing differs
 * name any. It rather than Holm's: a table has dozens of rows, most of which differ from the baseline beyond doubt, and with
 * Holm's every such row would still raise what the doubtful ones have to show. Ratios from samples have no p; for them an
 * interval that excludes 1 decides alone, which is why it is wide.
 */
export function judgeTable(ratios: readonly Ratio[], sameWithin = SAME_WITHIN): Difference[] {
  const ps = ratios.flatMap(({ p }) => p ?? []).sort((a, b) => a - b);
  const limit = ps.findLast((p, i) => p <= ((i + 1) / ps.length) * FALSE_DIFFERENCES) ?? -1;
  return ratios.map((ratio) => {
    const { low, high, p } = ratio;
    if (high <= 1 + sameWithin && low >= 1 / (1 + sameWithin)) return { ...ratio, verdict: 'same' };
    const size = Math.max(ratio.ratio, 1 / ratio.ratio) - 1;
    const stands = size >= LEAST_NAMED && (p === undefined || p <= limit);
    if (stands && high < 1) return { ...ratio, verdict: 'faster' };
    if (stands && low > 1) return { ...ratio, verdict: 'slower' };
    return { ...ratio, verdict: 'unclear', hidden: Math.max(high, 1 / low) - 1 };
  });
}
