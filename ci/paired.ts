/**
 * Verdicts on a candidate that is measured against its base pair by pair (harness/pairs.ts), and when enough has been seen.
 * Pure, so that its own error rates can be simulated.
 */
import type { PairedCell } from '../harness/pairs.ts';
import type { CellResult } from '../harness/protocol.ts';
import { anytimeInterval, logEvidence, type Range, standing } from '../harness/stats/anytime.ts';
import { insert, median, medianDistance, quantile, sorted } from '../harness/stats/median.ts';
import { usesGpu } from '../kernels/lib/peer.ts';
import type { Explained } from './attribution.ts';
import { BYTES_SLACK, wholeBytes } from './baseline.ts';

/**
 * - `faster`, `slower`: by the threshold or more, and confirmed
 * - `same`: no difference as large as the threshold is left
 * - `inconclusive`: time was up; `hidden` says how large a difference could still be there
 * - `wrong`, `failed`, `more-bytes`: what the base is not
 * - `checked`: accuracy only, its time says nothing or there is none
 * - `new`, `removed`: in one of the two only
 */
export const VERDICTS = [
  ...([
    'wrong',
    'failed',
    'slower',
    'more-bytes',
    'inconclusive',
    'faster',
    'new',
    'removed',
    'same',
    'checked',
  ] as const),
];
export type PairedVerdict = (typeof VERDICTS)[number];

export interface PairedRow {
  readonly id: string;
  readonly runtime: string;
  readonly verdict: PairedVerdict;
  /** The candidate's time ÷ the base's, with a 95 % interval that holds at whatever pair the measurement ended. */
  readonly ratio?: number;
  readonly low?: number;
  readonly high?: number;
  readonly pairs: number;
  /** With `inconclusive`: 0.04 for a difference of 4 % either way. */
  readonly hidden?: number;
  /** Heap and external bytes of a call, in base and candidate. */
  readonly bytes?: readonly [base: number, candidate: number];
  readonly reason?: string;
  /** Of a pipeline that became slower or faster: the functions underneath that did. */
  readonly explained?: Explained;
}

export interface PairedOptions {
  /** Least change that is named, 0.03 for 3 %. */
  threshold(id: string): number;
}

/** Chance that a suite in which nothing differs raises any alarm; see {@link standing}. */
export const FALSE_ALARMS = 0.01;
/** Of the intervals. */
const ALPHA = 0.05;
/** Below this, two versions count as the same even where every change is to be named. */
const SAME_AT_LEAST = 0.005;
/** Pairs below which nothing is confirmed, and the share of those that raised the suspicion. */
const CONFIRMING = { least: 4, share: 0.3 };
/** A confirmed change is at least this share of the suspected one. */
const CONFIRMED = 0.5;

/** What one pair is taken for at most, 15 %: a process that was disturbed for all its turns is not to drown the others. */
const MOST = Math.log(1.15);
/** From as many pairs on their own spread bounds them, at five times their median deviation from the median, but not below 2 %. */
const ENOUGH_FOR_SPREAD = 8;
const DEVIATIONS = 5;
const LEAST = Math.log(1.02);

/** How far from the others a pair is believed. */
function boundOf(ascending: readonly number[]): number {
  if (ascending.length < ENOUGH_FOR_SPREAD) return MOST;
  const deviation = medianDistance(ascending, quantile(ascending, 0.5));
  return Math.min(MOST, Math.max(LEAST, DEVIATIONS * deviation));
}

/** The values, none of them further than `bound` from `center`. */
function bounded(values: readonly number[], center: number, bound: number): number[] {
  return values.map((x) => Math.min(Math.max(x, center - bound), center + bound));
}

/**
 * Against "no difference": bounded about 0 by twice their median size, which is the same for pairs that are as often above as below
 * whichever of them are: so the level holds. (Of a bound that moves with the pairs no theorem says so: paired.test.ts simulates it.)
 */
function evidenceOf(ascending: readonly number[]): number {
  if (ascending.length === 0) return 0;
  return logEvidence(bounded(ascending, 0, Math.min(MOST, 2 * medianDistance(ascending, 0))));
}

/**
 * Mean of log ratios with its interval, bounded about their median.
 * @param ascending all pairs of the cell, whose spread is the bound, where these are a part of them
 */
export function changeOf(
  logRatios: readonly number[],
  ascending: readonly number[] = sorted(logRatios),
): Range {
  if (logRatios.length === 0) return anytimeInterval([], ALPHA);
  const center = logRatios.length === ascending.length ? quantile(ascending, 0.5) : median(logRatios);
  return anytimeInterval(bounded(logRatios, center, boundOf(ascending)), ALPHA);
}

/** Decides cell by cell, as pairs come in. */
export class PairedJudge {
  readonly #options: PairedOptions;
  /** Pairs that a cell had when it was suspected. */
  readonly #suspected = new Map<PairedCell, number>();
  readonly #decided = new Map<PairedCell, PairedVerdict>();
  /** The pairs of a cell, sorted as they come. */
  readonly #ascending = new Map<PairedCell, number[]>();

  constructor(options: PairedOptions) {
    this.#options = options;
  }

  /** @returns the cells that need more pairs */
  next(cells: readonly PairedCell[]): PairedCell[] {
    const stands = standing(
      cells.map((cell) => evidenceOf(this.#sorted(cell))),
      FALSE_ALARMS,
    );
    for (const [i, cell] of cells.entries()) {
      if (this.#decided.has(cell)) continue;
      const verdict = withoutTime(cell) ?? this.#byTime(cell, stands[i]!);
      if (verdict && !(verdict === 'same' && this.needsBytes(cell))) this.#decided.set(cell, verdict);
    }
    return cells.filter((cell) => !this.#decided.has(cell));
  }

  #sorted(cell: PairedCell): readonly number[] {
    const ascending = this.#ascending.get(cell) ?? [];
    for (const x of cell.logRatios.slice(ascending.length)) insert(ascending, x);
    this.#ascending.set(cell, ascending);
    return ascending;
  }

  #byTime(cell: PairedCell, stands: boolean): PairedVerdict | undefined {
    const pairs = cell.logRatios;
    const n = pairs.length;
    const threshold = Math.log1p(this.#options.threshold(cell.cell.id));
    const at = this.#suspected.get(cell);
    if (at !== undefined) {
      const fresh = pairs.slice(at);
      if (fresh.length < Math.max(CONFIRMING.least, Math.ceil(CONFIRMING.share * at))) return undefined;
      const { mean: change } = changeOf(pairs.slice(0, at), this.#sorted(cell));
      this.#suspected.delete(cell);
      if (changeOf(fresh, this.#sorted(cell)).mean * Math.sign(change) >= CONFIRMED * Math.abs(change))
        return named(change);
      return undefined;
    }
    const { mean, low, high } = changeOf(pairs, this.#sorted(cell));
    if (stands && Math.abs(mean) >= threshold) {
      this.#suspected.set(cell, n);
      return undefined;
    }
    const within = Math.max(threshold, Math.log1p(SAME_AT_LEAST));
    return low >= -within && high <= within ? 'same' : undefined;
  }

  /** Are the bytes of a call to be counted again? */
  needsBytes({ results }: PairedCell): boolean {
    return bytesNow(results) === 'pending';
  }

  /** What is known at the end, undecided cells included. */
  rows(cells: readonly PairedCell[]): PairedRow[] {
    return cells.map((cell) => rowOf(cell, this.#decided.get(cell) ?? 'inconclusive'));
  }
}

function named(change: number): PairedVerdict {
  return change > 0 ? 'slower' : 'faster';
}

/** What does not need a clock. */
function withoutTime({ cell, results }: PairedCell): PairedVerdict | undefined {
  const [base, candidate] = [worst(results.base), worst(results.candidate)];
  if (candidate?.status === 'wrong') return base?.status === 'wrong' ? 'checked' : 'wrong';
  if (candidate?.status === 'failed') return base?.status === 'failed' ? 'checked' : 'failed';
  if (candidate?.status === 'unsupported') return base?.status === 'ok' ? 'failed' : 'checked';
  if (base?.status !== 'ok') return 'checked';
  if (bytesNow(results) === 'more') return 'more-bytes';
  return usesGpu(cell) && candidate?.host.gpuIsSoftware === true ? 'checked' : undefined;
}

const SEVERITY = ['ok', 'unsupported', 'failed', 'wrong'];

function worst(results: readonly CellResult[]): CellResult | undefined {
  return results.reduce<CellResult | undefined>(
    (a, b) => (a && SEVERITY.indexOf(a.status) >= SEVERITY.indexOf(b.status) ? a : b),
    undefined,
  );
}

/** What processes of one side allocate a call; readings that did not agree are left out. */
function readings(results: readonly CellResult[]): number[] {
  return results.flatMap(({ memory }) =>
    !memory || memory.unsettled || memory.heapBytesPerOp === undefined
      ? []
      : wholeBytes(memory.heapBytesPerOp + (memory.externalBytesPerOp ?? 0)),
  );
}

/** Readings of a side, all of which must be above all of the base's: V8 may settle in states that allocate differently. */
const ENOUGH_READINGS = 4;

function bytesNow({ base, candidate }: PairedCell['results']): 'fine' | 'pending' | 'more' {
  const [a, b] = [readings(base), readings(candidate)];
  if (a.length === 0 || b.length === 0 || Math.min(...b) <= Math.max(...a) + BYTES_SLACK) return 'fine';
  return Math.min(a.length, b.length) < ENOUGH_READINGS ? 'pending' : 'more';
}

/** The least of each side: what code in its best state allocates. */
function bytesOf({ base, candidate }: PairedCell['results']): PairedRow['bytes'] {
  const [a, b] = [readings(base), readings(candidate)];
  return a.length === 0 || b.length === 0 ? undefined : [Math.min(...a), Math.min(...b)];
}

function rowOf(cell: PairedCell, verdict: PairedVerdict): PairedRow {
  const { logRatios, results, runtime } = cell;
  const { mean: change, low, high } = changeOf(logRatios);
  const bytes = bytesOf(results);
  const reason = reasonOf(cell, verdict);
  return {
    id: cell.cell.id,
    runtime,
    verdict,
    pairs: logRatios.length,
    ...(logRatios.length > 1 ? { ratio: Math.exp(change), low: Math.exp(low), high: Math.exp(high) } : {}),
    ...(verdict === 'inconclusive' && logRatios.length > 1
      ? { hidden: Math.exp(Math.max(Math.abs(low), Math.abs(high))) - 1 }
      : {}),
    ...(bytes ? { bytes } : {}),
    ...(reason ? { reason } : {}),
  };
}

function reasonOf({ results }: PairedCell, verdict: PairedVerdict): string | undefined {
  const [base, candidate] = [worst(results.base), worst(results.candidate)];
  const say = (result: CellResult | undefined) =>
    result?.reason ??
    (result?.error
      ? `${result.error.metric} error ${result.error.value}; ${result.error.where}`
      : 'no reason given');
  if (verdict === 'wrong') return say(candidate);
  if (verdict === 'failed')
    return candidate?.status === 'unsupported' ? `is no longer supported: ${say(candidate)}` : say(candidate);
  if (verdict !== 'checked') return undefined;
  if (base?.status !== 'ok' && base)
    return candidate?.status === 'ok'
      ? `ok; the base was ${base.status}: ${say(base)}`
      : `${base.status}, as the base was: ${say(base)}`;
  return candidate?.host.gpuIsSoftware ? 'accuracy only: the adapter is software' : undefined;
}

/** Exit code: 1 for what became worse, 4 for what failed to run, 3 where time was up, else 0. */
export function pairedExitCode(rows: readonly PairedRow[]): 0 | 1 | 3 | 4 {
  const has = (...verdicts: PairedVerdict[]) => rows.some(({ verdict }) => verdicts.includes(verdict));
  if (has('wrong', 'slower', 'more-bytes')) return 1;
  if (has('failed')) return 4;
  return has('inconclusive') ? 3 : 0;
}
