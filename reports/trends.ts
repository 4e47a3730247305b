/** Records of many commits as series of times: one for each cell and environment, with the commits at which its level changed. */
import { environmentNames, environmentOf, GPU_TRAIT } from '../harness/environment/traits.ts';
import type { Status, ZooRecord } from '../harness/record.ts';
import { levelChanges } from '../harness/stats/divisive.ts';
import { median } from '../harness/stats/median.ts';
import { mergeReplicates } from '../harness/stats/replicates.ts';
import { usesGpu } from '../kernels/lib/peer.ts';
import { groupBy } from './rows.ts';

/** What git says of a commit; of one that it does not know, only its name. Times are ISO 8601. */
export interface CommitInfo {
  /** Full hash. */
  readonly commit: string;
  /** First line of its message. */
  readonly subject?: string | undefined;
  readonly authored?: string | undefined;
  readonly committed?: string | undefined;
}

export interface CommitRecords extends CommitInfo {
  readonly records: readonly ZooRecord[];
}

/** Times in nanoseconds a call, the interval one of 95 %. */
export interface TrendPoint {
  readonly commit: string;
  /** The tree had changes that the commit does not have. */
  readonly dirty: boolean;
  readonly subject?: string;
  /** Of the commit, or of the first measurement where git does not know it. */
  readonly date: string;
  readonly status: Status;
  readonly medianNs?: number;
  readonly lowNs?: number;
  readonly highNs?: number;
  readonly processes?: number;
  /** Median of all points of its level. */
  readonly levelNs?: number;
  /** Time ÷ that of the point before. */
  readonly ratio?: number;
  /** First of a new level: that level ÷ the one before. */
  readonly step?: number;
  readonly noisy?: string;
  /** Why there is no time. */
  readonly reason?: string;
}

export interface Trend {
  readonly id: string;
  readonly subject: string;
  readonly variant: string;
  readonly case: string;
  readonly backend: ZooRecord['backend'];
  /** The runtime, and what tells several environments of it apart. */
  readonly environment: string;
  readonly points: readonly TrendPoint[];
}

/** Smaller steps are not marked: what is linked where in memory moves times by as much. */
export const LEAST_STEP = 0.01;

/**
 * Series of different environments are never one: what compares times (harness/environment/traits.ts) keeps them apart. Several runs
 * of a commit are one point. In the order of `history`, and of cells as they first appear.
 */
export function trendsOf(history: readonly CommitRecords[]): Trend[] {
  const cells = history.flatMap(({ records, ...info }) =>
    [...groupBy(records, ({ host }) => String(host.dirty ?? false)).values()].flatMap((own) =>
      mergeReplicates(own).map((record) => ({ info, record, measured: own.map(({ at }) => at).sort()[0]! })),
    ),
  );
  const nameOf = environmentNames(cells.map(({ record }) => record.host));
  const series = groupBy(cells, ({ record }) =>
    JSON.stringify([
      record.id,
      environmentOf(record.host),
      usesGpu(record) ? GPU_TRAIT.read(record.host) : '',
    ]),
  );
  return [...series.values()].map((own) => {
    const { id, subject, variant, backend, host, case: shape } = own[0]!.record;
    const points = own.map(({ info, record, measured }) => pointOf(info, record, measured));
    return {
      ...{ id, subject, variant, case: shape, backend, environment: nameOf(host) },
      points: withLevels(points),
    };
  });
}

function pointOf(info: CommitInfo, record: ZooRecord, measured: string): TrendPoint {
  const { status, time, host, noisy } = record;
  const software = usesGpu(record) && host.gpuIsSoftware === true;
  const usable = status === 'ok' && !software ? time : undefined;
  const reason = record.reason ?? (software ? 'a software GPU, whose time says nothing' : undefined);
  return {
    ...{ commit: info.commit, dirty: host.dirty ?? false, date: info.committed ?? measured, status },
    ...(info.subject === undefined ? {} : { subject: info.subject }),
    ...(usable
      ? {
          ...{ medianNs: usable.medianNs, lowNs: usable.ciLowNs, highNs: usable.ciHighNs },
          processes: usable.processes,
        }
      : reason === undefined
        ? {}
        : { reason }),
    ...(noisy === undefined ? {} : { noisy }),
  };
}

function withLevels(points: readonly TrendPoint[]): TrendPoint[] {
  const timed = points.filter(({ medianNs }) => medianNs !== undefined);
  const times = timed.map(({ medianNs }) => medianNs!);
  const levels = levelsOf(times);
  return points.map((point) => {
    const at = timed.indexOf(point);
    if (at < 0) return point;
    const own = levels.findLastIndex(({ start }) => start <= at);
    const { start, ns } = levels[own]!;
    return {
      ...point,
      levelNs: ns,
      ...(at > 0 ? { ratio: times[at]! / times[at - 1]! } : {}),
      ...(own > 0 && start === at ? { step: ns / levels[own - 1]!.ns } : {}),
    };
  });
}

/** Stretches between the changes that are large enough to be marked. */
function levelsOf(times: readonly number[]): { start: number; ns: number }[] {
  let starts = [0, ...levelChanges(times.map(Math.log)).map(({ at }) => at)];
  for (;;) {
    const levels = starts.map((start, i) => ({ start, ns: median(times.slice(start, starts[i + 1])) }));
    const small = levels.findIndex(
      ({ ns }, i) => i > 0 && Math.abs(Math.log(ns / levels[i - 1]!.ns)) < Math.log1p(LEAST_STEP),
    );
    if (small < 0) return levels;
    starts = starts.filter((_, i) => i !== small);
  }
}
