/**
 * Is a series of batch times steady? As Barrett et al. ("Virtual Machine Warmup Blows Hot and Cold", 2017) by looking for a
 * change point, here with a rank test, which outliers do not move: Pettitt, "A Non-Parametric Approach to the Change-Point
 * Problem" (1979). A change counts when it is both significant and large enough to matter.
 */
import { median } from './median.ts';

export interface Change {
  /** The first index behind the change. */
  readonly at: number;
  /** Probability of so clear a change in a series without one: Pettitt's approximation, which errs on the large side. */
  readonly p: number;
  /** Median behind ÷ median before, less 1: −0.1 is 10 % faster. */
  readonly shift: number;
}

/** Below this length no change can be significant, and the halves are compared instead. */
const LEAST_FOR_TEST = 16;
const LEVEL = 0.01;

/** Where a series of at least two values changes most. */
export function changePoint(values: readonly number[]): Change {
  const n = values.length;
  const ranks = midranks(values);
  let sum = 0;
  let at = 1;
  let most = -1;
  for (let t = 1; t < n; t++) {
    sum += ranks[t - 1]!;
    const distance = Math.abs(2 * sum - t * (n + 1));
    if (distance > most) {
      most = distance;
      at = t;
    }
  }
  const p = Math.min(1, 2 * Math.exp((-6 * most ** 2) / (n ** 3 + n ** 2)));
  return { at, p, shift: median(values.slice(at)) / median(values.slice(0, at)) - 1 };
}

/**
 * No change of more than `tolerance` (0.05 for 5 %) in the level of the series. Sixteen values and more: no significant
 * change point with such a shift. Fewer: the medians of the two halves agree, which noise spoils more easily than it
 * fakes. Fewer than two: nothing is known, and it is not steady.
 */
export function isSteady(values: readonly number[], tolerance: number, level = LEVEL): boolean {
  const n = values.length;
  if (n < 2) return false;
  if (n < LEAST_FOR_TEST) {
    const half = n >> 1;
    return differBy(median(values.slice(n - half)) / median(values.slice(0, half))) <= tolerance;
  }
  const { p, shift } = changePoint(values);
  return p > level || differBy(1 + shift) <= tolerance;
}

/**
 * Where the steady part of a series starts: 0 where it is all steady; behind its change where that lies in the first half
 * and what follows is steady, so that a tier that came late only costs samples; undefined otherwise.
 */
export function steadyFrom(values: readonly number[], tolerance: number): number | undefined {
  if (isSteady(values, tolerance)) return 0;
  if (values.length < LEAST_FOR_TEST) return undefined;
  const { at } = changePoint(values);
  return at <= values.length / 2 && isSteady(values.slice(at), tolerance) ? at : undefined;
}

/** 0.05 for a ratio of 1.05 and for its inverse. */
function differBy(ratio: number): number {
  return Math.max(ratio, 1 / ratio) - 1;
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && values[order[end]!] === values[order[i]!]) end++;
    for (let k = i; k < end; k++) ranks[order[k]!] = (i + 1 + end) / 2;
    i = end;
  }
  return ranks;
}

/**
 * The sequential form for a warm-up: fed with batches, it says after each whether the latest half of the time has been
 * steady. It looks at times that grow by a quarter, so that many looks do not add up to a false yes.
 */
export class WarmUpWatch {
  /** Warm-up that is always made: a compiler in the background has its say after milliseconds, not after calls. */
  static readonly LEAST_MS = 20;
  static readonly LEAST_BATCHES = 8;
  static readonly TOLERANCE = 0.02;
  /** Higher than for samples: to go on in vain costs milliseconds, to stop too early spoils the number. */
  static readonly LEVEL = 0.2;

  #batches: { ms: number; perCall: number }[] = [];
  #look = WarmUpWatch.LEAST_MS;
  spentMs = 0;
  calls = 0;

  /** @returns true when steady */
  add(ms: number, calls: number): boolean {
    this.#batches.push({ ms, perCall: ms / calls });
    this.spentMs += ms;
    this.calls += calls;
    if (this.spentMs < this.#look) return false;
    this.#look = this.spentMs * 1.25;
    const latest: number[] = [];
    let covered = 0;
    for (let i = this.#batches.length - 1; i >= 0 && covered < this.spentMs / 2; i--) {
      covered += this.#batches[i]!.ms;
      latest.unshift(this.#batches[i]!.perCall);
    }
    return (
      latest.length >= WarmUpWatch.LEAST_BATCHES && isSteady(latest, WarmUpWatch.TOLERANCE, WarmUpWatch.LEVEL)
    );
  }
}
