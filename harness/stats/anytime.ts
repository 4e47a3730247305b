/**
 * Tests and intervals for pairs that are looked at after each one and may stop at any of them.
 *
 * A pair is the logarithm of a candidate's time over its base's, from two fresh processes that ran one behind the other. The
 * evidence against "no difference" is an e-value, the likelihood ratio of the t statistic that averages over effect sizes
 * δ ~ N(0, 1) (Lai, "On Confidence Sequences", 1976; Gönen et al., "The Bayesian Two-Sample t Test", 2005): without a
 * difference its expectation is 1 at every number of pairs, so that the chance that it ever passes 1/α is at most α, whenever
 * one looks and whatever the spread is (Ville; Wang & Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means
 * with unknown variance", 2024).
 */

/**
 * Least standard deviation that pairs are taken to have. Processes that agree to the last digit show a coarse clock, not a
 * spread of zero.
 */
const LEAST_SPREAD = 1e-3;

interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation. */
  readonly spread: number;
}

function momentsOf(pairs: readonly number[]): Moments {
  const n = pairs.length;
  const mean = pairs.reduce((sum, d) => sum + d, 0) / n;
  const variance = pairs.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  return { n, mean, spread: Math.max(Math.sqrt(variance), LEAST_SPREAD) };
}

/**
 * Natural logarithm of the evidence that the pairs have a mean other than `mean0`: above ln(1/α) the difference stands at level
 * α. Fewer than two pairs are no evidence: 0.
 */
export function logEvidence(pairs: readonly number[], mean0 = 0): number {
  if (pairs.length < 2) return 0;
  const { n, mean, spread } = momentsOf(pairs);
  const x = (n * ((mean - mean0) / spread) ** 2) / (n - 1);
  return (n * (Math.log1p(x) - Math.log1p(x / (1 + n))) - Math.log1p(n)) / 2;
}

export interface Range {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * An interval that holds the true mean at all numbers of pairs together with probability 1 − α: the means that
 * {@link logEvidence} does not reject. Endless where there are too few pairs.
 */
export function anytimeInterval(pairs: readonly number[], alpha: number): Range {
  if (pairs.length < 2)
    return { mean: pairs[0] ?? 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const { n, mean, spread } = momentsOf(pairs);
  // (1 + x) / (1 + x / (1 + n)) = r, solved for x = t² / (n − 1).
  const r = Math.exp((2 * Math.log(1 / alpha) + Math.log1p(n)) / n);
  const half =
    r < 1 + n ? spread * Math.sqrt(((n - 1) * ((r - 1) / (1 - r / (1 + n)))) / n) : Number.POSITIVE_INFINITY;
  return { mean, low: mean - half, high: mean + half };
}

/**
 * Which of many comparisons stand, so that of those named at most a share α is expected to be false, and where nothing differs
 * any is named with a probability of at most α; whatever the comparisons share (Wang & Ramdas, "False Discovery Rate Control with
 * E-values", 2022: the e-BH procedure). It may be asked again after every pair.
 * @param logEvidences of all comparisons, the undecided among them
 */
export function standing(logEvidences: readonly number[], alpha: number): boolean[] {
  const m = logEvidences.length;
  const descending = [...logEvidences].sort((a, b) => b - a);
  const k = descending.findLastIndex((e, i) => e >= Math.log(m / ((i + 1) * alpha)));
  return logEvidences.map((e) => k >= 0 && e >= descending[k]!);
}
