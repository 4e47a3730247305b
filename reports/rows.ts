/** Records to rows: one flat row for each cell and runtime, which is what every table, chart and file is made of. */
import { environmentNames, environmentOf } from '../harness/environment/traits.ts';
import { rateUnit } from '../harness/rate.ts';
import { fromMeasure, type Status, type ZooRecord } from '../harness/record.ts';
import { mergeReplicates } from '../harness/stats/replicates.ts';
import { usesGpu } from '../kernels/lib/peer.ts';
import { SUBJECTS } from '../models/index.ts';
import { digits, errorText, percent } from './format.ts';

export type Verdict = Status | 'ok (approx.)' | 'ok (exhibit)';

/** Times in nanoseconds per call, gflops and gbps in 1e9 a second, the interval of a median 95 %. */
export interface Row {
  readonly id: string;
  /** The kernel or pipeline. */
  readonly subject: string;
  readonly kind: ZooRecord['kind'];
  readonly variant: string;
  readonly backend: ZooRecord['backend'];
  readonly case: string;
  readonly from?: string;
  readonly suite: string;
  /** Where records of several machines, versions, flags or thread counts are pooled, what tells them apart stands behind it. */
  readonly runtime: string;
  readonly status: Status;
  /** `ok (approx.)`: an approximation by design, right within a tolerance of its own; `ok (exhibit)`: shows what does not work. */
  readonly verdict: Verdict;
  /** Given for everything that is not ok. */
  readonly reason?: string;
  readonly medianNs?: number;
  readonly lowNs?: number;
  readonly highNs?: number;
  readonly minNs?: number;
  readonly p99Ns?: number;
  readonly coldNs?: number;
  readonly processes?: number;
  readonly samples?: number;
  /** False: the level changed within the samples. */
  readonly steady?: boolean;
  /** The samples lie at two levels. */
  readonly bimodal?: boolean;
  /** Samples far from the others of their process; they count in the median as all do. */
  readonly outliers?: number;
  readonly gflops?: number;
  readonly gbps?: number;
  /** The rate that says most about the case, in `rateUnit`, which all rows of a case share. */
  readonly rate?: number;
  readonly rateUnit?: string;
  /** How many times the speed of `naive`: same kernel, case and runtime, both ok. */
  readonly timesNaive?: number;
  readonly timesNaiveLow?: number;
  readonly timesNaiveHigh?: number;
  readonly fractionOfPeak?: number;
  readonly bound?: 'compute' | 'memory';
  /** Name of the arithmetic peak, and the memory that the working set lies in. */
  readonly peak?: string;
  readonly level?: string;
  /** Of what scalar JavaScript can do; of JavaScript variants only. */
  readonly fractionOfJs?: number;
  /** Why the fraction cannot be true. */
  readonly impossible?: string;
  readonly peakGflops?: number;
  readonly peakGbps?: number;
  /** Work of the algorithm in one call. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly maxError?: number | 'NaN' | 'Infinity';
  readonly metric?: string;
  readonly tolerance?: number;
  readonly where?: string;
  readonly checks?: number;
  readonly heapBytes?: number;
  readonly externalBytes?: number;
  /** What most of the timed code ran in, and the fraction of it that did. */
  readonly tier?: string;
  readonly tierShare?: number;
  /** De-optimisations within the timing window. */
  readonly deopts?: number;
  /** Calls until the code of the tier was made. */
  readonly warmCalls?: number;
  /** Of a pipeline that is counted in tokens: see harness/record.ts. */
  readonly tokensPerCall?: number;
  readonly cacheBytes?: number;
  readonly firstTokenNs?: number;
  readonly tokenP50Ns?: number;
  readonly tokenP90Ns?: number;
  readonly tokenP99Ns?: number;
  readonly hitRate?: number;
  /** Of a compressor. */
  readonly bitsPerByte?: number;
  /** Collections and their milliseconds in 1000 calls. */
  readonly gcMinor?: number;
  readonly gcMajor?: number;
  readonly gcMs?: number;
  readonly peakBytes?: number;
  /** Above what was held when the first call was made. */
  readonly addedBytes?: number;
  /** What disturbed the measurement. */
  readonly noisy?: string;
  /** That a WebGPU cell was timed with: the device's, or the engine's around work that was waited for. */
  readonly clock?: string;
  /** What a reader of the time must know, a sentence each. */
  readonly notes?: string;
  /** WebGPU on a software adapter: its accuracy counts, its speed says nothing about a GPU. */
  readonly softwareGpu: boolean;
  /** It is one, and was asked to be ranked all the same. */
  readonly softwareAsked: boolean;
}

/** Plain to fast; `peer` last. */
export const BACKEND_ORDER = ['js', 'workers', 'wasm', 'wasm-threads', 'webgpu', 'peer'] as const;

export interface RankOptions {
  /** Rank software GPU adapters too; they stay marked. */
  readonly softwareGpu?: boolean | undefined;
}

function verdictOf({ status, error }: ZooRecord): Verdict {
  if (status !== 'ok') return status;
  if (error?.exhibit) return 'ok (exhibit)';
  return error?.approximation ? 'ok (approx.)' : 'ok';
}

/**
 * Ordered by subject (the zoo's in its order, others as they first appear), case (least work first), runtime, then backend with `naive` in front, so that
 * a run in random order reads the same as one in order.
 */
export function toRows(records: readonly ZooRecord[], options: RankOptions = {}): Row[] {
  const cells = mergeReplicates(records);
  const environment = environmentNames(cells.map((cell) => cell.host));
  const units = new Map([...groupBy(cells, sizeKey)].map(([key, group]) => [key, rateUnit(group)]));
  const naives = new Map<string, ZooRecord>();
  for (const cell of cells) {
    if (cell.variant === 'naive' && cell.status === 'ok') naives.set(caseKey(cell), cell);
  }
  const rows = cells.map((cell): Row => {
    const { time, roofline, error, memory } = cell;
    const unit = units.get(sizeKey(cell));
    const software = usesGpu(cell) && cell.host.gpuIsSoftware === true;
    return {
      id: cell.id,
      subject: cell.subject,
      kind: cell.kind,
      variant: cell.variant,
      backend: cell.backend,
      case: cell.case,
      from: cell.from,
      suite: cell.suite,
      runtime: environment(cell.host),
      status: cell.status,
      verdict: verdictOf(cell),
      reason: cell.status === 'ok' ? undefined : reasonOf(cell),
      medianNs: time?.medianNs,
      lowNs: time?.ciLowNs,
      highNs: time?.ciHighNs,
      minNs: time?.minNs,
      p99Ns: time?.p99Ns,
      coldNs: time?.coldNs,
      processes: time?.processes,
      samples: time?.samplesNs.length,
      steady: time?.steady,
      bimodal: time?.bimodal,
      outliers: time?.outliers?.count,
      gflops: cell.rate?.gflops,
      gbps: cell.rate?.gbps,
      rate: unit && cell.rate?.[unit.key],
      rateUnit: unit?.unit,
      ...speedup(cell, naives.get(caseKey(cell))),
      fractionOfPeak: roofline?.fraction,
      bound: roofline?.bound,
      peak: roofline?.peak,
      level: roofline?.level,
      fractionOfJs: roofline?.runtimeFraction,
      impossible: roofline?.impossible,
      peakGflops: roofline?.peakGflops,
      peakGbps: roofline?.peakGbps,
      flops: roofline?.flops ?? work(cell.rate?.gflops, time?.medianNs),
      bytes: roofline?.bytes ?? work(cell.rate?.gbps, time?.medianNs),
      maxError: error?.value,
      metric: error?.metric,
      tolerance: error && fromMeasure(error.tolerance),
      where: error?.where,
      checks: error?.checks,
      heapBytes: memory?.heapBytesPerOp,
      externalBytes: memory?.externalBytesPerOp,
      tier: cell.tier?.tier,
      tierShare: cell.tier?.share,
      deopts: cell.tier?.deopts,
      warmCalls: cell.tier?.warmCalls,
      tokensPerCall: cell.tokens?.perCall,
      cacheBytes: cell.tokens?.cacheBytes,
      firstTokenNs: cell.tokens?.firstNs,
      tokenP50Ns: cell.tokens?.p50Ns,
      tokenP90Ns: cell.tokens?.p90Ns,
      tokenP99Ns: cell.tokens?.p99Ns,
      hitRate: cell.tokens?.hitRate,
      bitsPerByte: cell.rate?.bitsPerByte,
      gcMinor: memory?.gcMinor,
      gcMajor: memory?.gcMajor,
      gcMs: memory?.gcMs,
      peakBytes: memory?.peakBytes,
      addedBytes: memory?.addedBytes,
      noisy: cell.noisy,
      notes: cell.notes?.join('; '),
      clock: time?.clock,
      softwareGpu: software,
      softwareAsked: software && options.softwareGpu === true,
    };
  });
  return ordered(rows);
}

/** Cells that share a reason, for lists of what did not go well. */
export interface Problem {
  readonly status: Exclude<Status, 'ok'>;
  readonly reason: string;
  readonly rows: readonly Row[];
}

/** Worst first: wrong, failed, unsupported; within one, the most cells first. */
export function problems(rows: readonly Row[]): Problem[] {
  const found = new Map<string, { status: Problem['status']; reason: string; rows: Row[] }>();
  for (const row of rows) {
    if (row.status === 'ok') continue;
    const reason = row.reason ?? 'no reason recorded';
    const key = `${row.status}\n${reason}`;
    const group = found.get(key);
    if (group) group.rows.push(row);
    else found.set(key, { status: row.status, reason, rows: [row] });
  }
  const severity = ['wrong', 'failed', 'unsupported'];
  return [...found.values()].sort(
    (a, b) => severity.indexOf(a.status) - severity.indexOf(b.status) || b.rows.length - a.rows.length,
  );
}

/** Rows that a speed ranking may hold: right, timed, and not a software GPU adapter unless that was asked for. */
export function isRanked(row: Row): boolean {
  return row.status === 'ok' && row.medianNs !== undefined && (!row.softwareGpu || row.softwareAsked);
}

/** The engine's last tier, in JavaScript and in WASM. */
const TOP_TIER = 'turbofan';
/** A share is known within about this much (a hundred samples). */
const ALL_BUT = 0.1;

/**
 * Why a time is not that of code which the engine has fully optimised: it ran in a lower tier, or was de-optimised while it
 * was timed. Undefined for the others, and where the tier is not known.
 */
export function belowTopTier(row: Row): string | undefined {
  if (row.tier === undefined) return undefined;
  if (row.tier !== TOP_TIER) return row.tier;
  if ((row.tierShare ?? 1) < 1 - ALL_BUT) return `${percent(1 - row.tierShare!)} below ${TOP_TIER}`;
  return row.deopts ? `${row.tier}, ${row.deopts} de-optimised` : undefined;
}

/** Splits in order of first appearance. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const k = key(item);
    const group = groups.get(k);
    if (group) group.push(item);
    else groups.set(k, [item]);
  }
  return groups;
}

/** A rate of 1e9 a second is one a nanosecond. */
function work(rate: number | undefined, medianNs: number | undefined): number | undefined {
  return rate === undefined || medianNs === undefined ? undefined : rate * medianNs;
}

const caseKey = (cell: ZooRecord): string =>
  JSON.stringify([cell.subject, cell.case, environmentOf(cell.host)]);
const sizeKey = (cell: ZooRecord): string => JSON.stringify([cell.subject, cell.case]);

/** Conservative: the slow end of one interval against the fast end of the other. */
function speedup(
  cell: ZooRecord,
  naive: ZooRecord | undefined,
): Pick<Row, 'timesNaive' | 'timesNaiveLow' | 'timesNaiveHigh'> {
  if (cell.status !== 'ok' || !cell.time || !naive?.time) return {};
  if (cell === naive) return { timesNaive: 1, timesNaiveLow: 1, timesNaiveHigh: 1 };
  return {
    timesNaive: naive.time.medianNs / cell.time.medianNs,
    timesNaiveLow: naive.time.ciLowNs / cell.time.ciHighNs,
    timesNaiveHigh: naive.time.ciHighNs / cell.time.ciLowNs,
  };
}

function reasonOf(cell: ZooRecord): string {
  if (cell.reason) return cell.reason;
  if (!cell.error) return 'no reason recorded';
  const { value, metric, tolerance, where } = cell.error;
  const over = fromMeasure(value) / fromMeasure(tolerance);
  const times = Number.isFinite(over) ? ` (${digits(over)}× the tolerance)` : '';
  return `${metric} error ${errorText(value)} above ${errorText(tolerance)}${times}: ${where}`;
}

function ordered(rows: readonly Row[]): Row[] {
  const backend = (row: Row) => (row.variant === 'naive' ? -1 : BACKEND_ORDER.indexOf(row.backend));
  const names: readonly string[] = SUBJECTS.map((kernel) => kernel.name);
  const place = (subject: string) => (names.includes(subject) ? names.indexOf(subject) : names.length);
  const subjects = [...groupBy(rows, (row) => row.subject).values()];
  subjects.sort((a, b) => place(a[0]!.subject) - place(b[0]!.subject));
  return subjects.flatMap((subject) => {
    const cases = [...groupBy(subject, (row) => row.case).values()];
    const work = (group: Row[]) => group.find((row) => row.flops !== undefined)?.flops ?? 0;
    cases.sort((a, b) => work(a) - work(b));
    return cases.flatMap((group) =>
      [...groupBy(group, (row) => row.runtime).values()].flatMap((runtime) =>
        runtime.sort((a, b) => backend(a) - backend(b)),
      ),
    );
  });
}
