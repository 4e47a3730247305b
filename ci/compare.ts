/** Variants of a case side by side, and two files of records cell by cell. Pure; `zoo compare` prints them. */
import { environmentNames, environmentOf, GPU_TRAIT, TRAITS } from '../harness/environment/traits.ts';
import type { Status, ZooRecord } from '../harness/record.ts';
import { type Difference, judgeTable, type Ratio, timeRatio } from '../harness/stats/difference.ts';
import { mergeReplicates } from '../harness/stats/replicates.ts';
import { BACKENDS } from '../kernels/kernel.ts';
import { usesGpu } from '../kernels/lib/peer.ts';
import { errorText } from '../reports/format.ts';
import { groupBy } from '../reports/rows.ts';

/** One line of a comparison. A cell that is not ok has its status and reason, and neither time nor ratio. */
export interface ComparedRow {
  readonly id: string;
  readonly subject: string;
  readonly variant: string;
  readonly backend: ZooRecord['backend'];
  readonly case: string;
  readonly runtime: string;
  /** What it is compared with: a variant's name, or `old`. */
  readonly baseline: string;
  readonly status: Status;
  /** Of the baseline; absent where it was not measured. */
  readonly baselineStatus?: Status;
  /** Why there is no ratio. */
  readonly reason?: string;
  readonly medianNs?: number;
  readonly lowNs?: number;
  readonly highNs?: number;
  readonly baselineNs?: number;
  readonly processes?: number;
  /** Its time ÷ the baseline's, with a 95 % interval; see harness/stats/difference.ts. */
  readonly difference?: Difference;
  /** What disturbed it or the baseline while they were measured. */
  readonly noisy?: string;
  /** WebGPU on a software adapter: its speed says nothing about a GPU. */
  readonly softwareGpu: boolean;
}

/** `baseline` is what the others are compared with; a status stands where nothing was compared. */
export type RowVerdict = Difference['verdict'] | 'baseline' | 'not compared' | Exclude<Status, 'ok'>;

export function verdictOf(row: ComparedRow): RowVerdict {
  if (row.status !== 'ok') return row.status;
  if (row.difference) return row.difference.verdict;
  return row.variant === row.baseline ? 'baseline' : 'not compared';
}

interface Pair {
  readonly row: Omit<ComparedRow, 'difference' | 'reason'>;
  readonly reason?: string;
  readonly ratio?: Ratio;
}

/** Verdicts over all pairs together: they are one table. */
function judged(pairs: readonly Pair[], sameWithin: number | undefined): ComparedRow[] {
  const differences = judgeTable(
    pairs.flatMap(({ ratio }) => ratio ?? []),
    sameWithin,
  );
  let next = 0;
  return pairs.map(({ row, reason, ratio }) => ({
    ...row,
    ...(reason === undefined ? {} : { reason }),
    ...(ratio ? { difference: differences[next++]! } : {}),
  }));
}

/** Compare with the variant that is fastest on each case. */
export const FASTEST = 'fastest';

export interface CompareOptions {
  /** Relative difference that counts as none. */
  readonly sameWithin?: number | undefined;
  /** Compare a software GPU with the rest; otherwise its time is no measure of a GPU, and none is given. */
  readonly softwareGpu?: boolean | undefined;
}

/**
 * Every variant against a baseline on the same case and runtime.
 * @param against name of the baseline variant, or {@link FASTEST}: the ok one with the smallest median, software GPUs aside unless asked for
 */
export function compareVariants(
  records: readonly ZooRecord[],
  against: string,
  { sameWithin, softwareGpu = false }: CompareOptions = {},
): ComparedRow[] {
  const groups = [
    ...groupBy(ordered(records), (r) => `${r.subject} ${r.case} ${environmentOf(r.host)}`).values(),
  ];
  const pairs = groups.flatMap((cells) => {
    const baseline =
      against === FASTEST ? fastest(cells, softwareGpu) : cells.find((cell) => cell.variant === against);
    return cells.map((cell) => {
      const name = baseline?.variant ?? against;
      const found = pairOf(cell, baseline, name);
      const pair = softwareGpu ? found : rankable(cell, baseline, found);
      if (cell !== baseline) return against === FASTEST ? forChosen(pair, cells.length) : pair;
      const { ratio: _, ...rest } = pair;
      return rest;
    });
  });
  return judged(pairs, sameWithin);
}

/**
 * One record a cell, in an order that does not depend on that of the records, which is shuffled: kernels by name, cases by
 * their work, `naive` first and then by backend.
 */
function ordered(records: readonly ZooRecord[]): ZooRecord[] {
  // Of the whole case: a variant may do fewer operations, and a failed one has none in its record.
  const work = new Map<string, number>();
  for (const { subject, case: name, roofline } of records) {
    const key = `${subject} ${name}`;
    work.set(key, Math.max(work.get(key) ?? 0, roofline?.flops ?? 0));
  }
  const workOf = (record: ZooRecord) => work.get(`${record.subject} ${record.case}`)!;
  return mergeReplicates(records).sort(
    (a, b) =>
      byName(a.subject, b.subject) ||
      workOf(a) - workOf(b) ||
      byName(a.case, b.case) ||
      byName(a.host.runtime, b.host.runtime) ||
      place(a) - place(b) ||
      byName(a.variant, b.variant),
  );
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A software GPU against anything else says nothing about a GPU. */
function rankable(cell: ZooRecord, baseline: ZooRecord | undefined, pair: Pair): Pair {
  if (!pair.ratio || !baseline || isSoftwareGpu(cell) === isSoftwareGpu(baseline)) return pair;
  return { row: pair.row, reason: 'a software GPU, whose time is no measure of a GPU' };
}

function place({ variant, backend }: ZooRecord): number {
  return variant === 'naive' ? -1 : BACKENDS.indexOf(backend);
}

function fastest(cells: readonly ZooRecord[], softwareGpu: boolean): ZooRecord | undefined {
  const timed = cells.filter(
    (cell) => cell.status === 'ok' && cell.time && (softwareGpu || !isSoftwareGpu(cell)),
  );
  return timed.length === 0
    ? undefined
    : timed.reduce((a, b) => (b.time!.medianNs < a.time!.medianNs ? b : a));
}

/**
 * The fastest of k variants is chosen by the times that it is then compared by. Each of the k (k − 1) / 2 pairs could have
 * been among the k − 1 compared: Bonferroni's factor for that is k / 2.
 */
function forChosen(pair: Pair, k: number): Pair {
  if (pair.ratio?.p === undefined) return pair;
  return { ...pair, ratio: { ...pair.ratio, p: Math.min(1, (pair.ratio.p * k) / 2) } };
}

/** The baseline of a comparison of files. */
export const OLD = 'old';

export interface FileComparison {
  readonly rows: ComparedRow[];
  /** Names of cells that only one file has. */
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  readonly hosts: readonly HostDifference[];
}

/** The same cells in two files: the new time ÷ the old. */
export function compareFiles(
  older: readonly ZooRecord[],
  newer: readonly ZooRecord[],
  sameWithin?: number,
): FileComparison {
  // A file of one environment is compared with a file of another, cell by cell; otherwise environments stay apart.
  const single = [older, newer].every(
    (records) => new Set(records.map((r) => environmentOf(r.host))).size === 1,
  );
  const nameOf = environmentNames([...older, ...newer].map((r) => r.host));
  const index = (records: readonly ZooRecord[]) =>
    new Map(ordered(records).map((r) => [single ? r.id : `${r.id} (${nameOf(r.host)})`, r]));
  const [before, after] = [index(older), index(newer)];
  const pairs = [...after].flatMap(([name, cell]) => {
    const baseline = before.get(name);
    return baseline ? [pairOf(cell, baseline, OLD)] : [];
  });
  return {
    rows: judged(pairs, sameWithin),
    onlyOld: [...before.keys()].filter((name) => !after.has(name)),
    onlyNew: [...after.keys()].filter((name) => !before.has(name)),
    hosts: hostDifferences(older, newer),
  };
}

function pairOf(cell: ZooRecord, baseline: ZooRecord | undefined, name: string): Pair {
  const { id, subject, variant, backend, status, host, time } = cell;
  const usable = status === 'ok' ? time : undefined;
  const other = baseline?.status === 'ok' ? baseline.time : undefined;
  const row = {
    ...{ id, subject, variant, backend, case: cell.case, runtime: host.runtime, baseline: name, status },
    ...(baseline ? { baselineStatus: baseline.status } : {}),
    ...(usable ? { medianNs: usable.medianNs, lowNs: usable.ciLowNs, highNs: usable.ciHighNs } : {}),
    ...(usable ? { processes: usable.processes } : {}),
    ...(other ? { baselineNs: other.medianNs } : {}),
    ...((cell.noisy ?? baseline?.noisy) ? { noisy: cell.noisy ?? baseline!.noisy! } : {}),
    softwareGpu: isSoftwareGpu(cell),
  };
  if (status !== 'ok') return { row, reason: reasonOf(cell) };
  if (!usable) return { row, reason: 'its record has no time' };
  if (!baseline) return { row, reason: `${name} was not measured on this case` };
  if (baseline.status !== 'ok')
    return { row, reason: `${name} is ${baseline.status}: ${reasonOf(baseline)}` };
  if (!other) return { row, reason: `the record of ${name} has no time` };
  return { row, ratio: timeRatio(other, usable) };
}

function reasonOf({ reason, error }: ZooRecord): string {
  if (reason) return reason;
  if (!error) return 'no reason given';
  return `${error.metric} error ${errorText(error.value)}, tolerance ${errorText(error.tolerance)}`;
}

function isSoftwareGpu(record: ZooRecord): boolean {
  return usesGpu(record) && record.host.gpuIsSoftware === true;
}

export interface HostDifference {
  readonly what: string;
  readonly old: string;
  readonly new: string;
}

/** Traits in which the machines of two files differ; only cells on a GPU care for the adapter. */
function hostDifferences(older: readonly ZooRecord[], newer: readonly ZooRecord[]): HostDifference[] {
  const gpu = [...older, ...newer].some(usesGpu);
  return [...TRAITS, ...(gpu ? [GPU_TRAIT] : [])].flatMap(({ what, read }) => {
    const values = (records: readonly ZooRecord[]) =>
      [...new Set(records.map(({ host }) => read(host)))].sort().join(' and ');
    const [old, fresh] = [values(older), values(newer)];
    return old === fresh ? [] : [{ what, old, new: fresh }];
  });
}

/** 1 for a wrong result or, between files, something slower; 4 for a cell that failed; 3 where nothing could be said. */
export function exitCodeOf(rows: readonly ComparedRow[]): 0 | 1 | 3 | 4 {
  const verdicts = new Set(rows.map(verdictOf));
  const betweenFiles = rows.some((row) => row.baseline === OLD);
  if (verdicts.has('wrong') || (betweenFiles && verdicts.has('slower'))) return 1;
  if (verdicts.has('failed')) return 4;
  const said = ['faster', 'slower', 'same'] as const;
  return said.some((verdict) => verdicts.has(verdict)) ? 0 : 3;
}
