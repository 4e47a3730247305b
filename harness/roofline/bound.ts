/** Which bound applies to a cell, and what fraction of it was reached. */
import type { Arithmetic, Backend } from '../../kernels/kernel.ts';
import type { ZooRecord } from '../record.ts';
import { type Caches, levelOf, levelsOf } from './levels.ts';
import { ACCESSES, type PeakName, type PeakSet, type Peaks, resourceOf } from './peaks.ts';

export type Roofline = NonNullable<ZooRecord['roofline']>;

/** Peaks that bound an arithmetic: the fastest that was measured holds. */
const CPU_LIMITS: Record<Arithmetic, readonly PeakName[]> = {
  f32: ['mul+add', 'fma', 'fma 256', 'js'],
  // Engines have no float16 arithmetic: it is converted and done in float32.
  f16: ['mul+add', 'fma', 'fma 256', 'js'],
  f64: ['fma f64', 'js'],
  i16: ['dot i16', 'dot i16 256'],
  i8: ['dot i16', 'dot i16 256', 'dot i8', 'dot i8 256'],
};
/** There is none for `f64` and `i16`, which WGSL does not have. */
const GPU_LIMITS: Partial<Record<Arithmetic, readonly PeakName[]>> = {
  f32: ['f32'],
  f16: ['f16', 'f32'],
  // Without the packed dot product, int8 is multiplied one by one, at the pace of float32.
  i8: ['dot i8', 'f32'],
};

/**
 * Above this a fraction is not noise of the peak, which two measurements of it differ by, but an error in the count or the
 * clock.
 */
export const MARGIN = 1.1;

/** End of the reason where it is the peak of the threads that is wrong. */
export const HELD_UP = 'which were held up while that was measured';

export interface BoundInput {
  readonly backend: Backend;
  readonly variant?: string | undefined;
  readonly arithmetic?: Arithmetic | undefined;
  readonly ns: number;
  /** What is really done, which may be less than the algorithm's. */
  readonly flops: number;
  readonly bytes: number;
  /** Of the host; a back end of one thread uses one. */
  readonly threads: number;
  readonly caches?: Caches | undefined;
}

/** Undefined where no peak was measured for the arithmetic or the back end. */
export function boundOf(set: PeakSet, cell: BoundInput): Roofline | undefined {
  const { backend, arithmetic = 'f32', ns, flops, bytes } = cell;
  const resource = resourceOf(cell);
  const peaks = set[resource];
  const limits = (resource === 'webgpu' ? GPU_LIMITS : CPU_LIMITS)[arithmetic] ?? [];
  const peak = peaks && fastest(peaks, limits);
  if (!peaks || !peak) return undefined;
  const gbps = bytes / ns;
  const memory = memoryPeak(peaks, bytes, gbps);
  if (!memory) return undefined;
  const fractions = { compute: flops / ns / peak.rate, memory: gbps / memory.gbps };
  const bound = fractions.compute >= fractions.memory ? 'compute' : 'memory';
  const fraction = fractions[bound];
  const threads = resource === 'threads' ? cell.threads : 1;
  const level =
    resource === 'webgpu'
      ? undefined
      : levelOf(levelsOf(cell.caches, peaks.bandwidth.read ?? [], threads), memory.bytes);
  const js = backend === 'js' || backend === 'workers' ? peaks.rates.js : undefined;
  const runtimeFraction = js === undefined ? undefined : flops / ns / js;
  // Threads that were held up while their peak was measured: n of them can do what n times one can.
  const most = { compute: 0, memory: 0 };
  if (resource === 'threads' && set.single) {
    most.compute = threads * (fastest(set.single, limits)?.rate ?? 0);
    most.memory = threads * (memoryPeak(set.single, bytes / threads)?.gbps ?? 0);
  }
  const reached = { compute: flops / ns, memory: gbps };
  const limit = bound === 'compute' ? `the ${peak.name} peak` : `the bandwidth of ${level ?? 'memory'}`;
  const impossible =
    fraction > MARGIN
      ? reached[bound] <= MARGIN * most[bound]
        ? `${fraction.toPrecision(3)} times ${limit} with ${threads} threads, ${HELD_UP}`
        : excess(fraction, limit, bound === 'compute' ? 'operations' : 'bytes')
      : runtimeFraction !== undefined && runtimeFraction > MARGIN
        ? excess(runtimeFraction, 'what scalar JavaScript can do', 'operations')
        : undefined;
  return {
    bound,
    peakGflops: peak.rate,
    peakGbps: memory.gbps,
    fraction,
    flops,
    bytes,
    peak: peak.name,
    arithmetic,
    ...(level === undefined ? {} : { level }),
    ...(js === undefined ? {} : { runtimeGflops: js, runtimeFraction: runtimeFraction! }),
    ...(impossible === undefined ? {} : { impossible }),
  };
}

function excess(fraction: number, limit: string, what: string): string {
  return `${fraction.toPrecision(3)} times ${limit}: it does fewer ${what} than are counted for it, or the clock is wrong`;
}

function fastest(peaks: Peaks, names: readonly PeakName[]): { name: PeakName; rate: number } | undefined {
  return names
    .flatMap((name) => (peaks.rates[name] === undefined ? [] : { name, rate: peaks.rates[name] }))
    .reduce<{ name: PeakName; rate: number } | undefined>(
      (a, b) => (a && a.rate >= b.rate ? a : b),
      undefined,
    );
}

/**
 * Bandwidth for a working set: the best, over reading, writing and copying, of the measured sets that are no smaller, because a
 * larger one is harder and was only measured in a quieter moment where it came out faster. What was faster than that, by more than the
 * noise of a peak, lay partly in the next nearer cache, and is held against the next smaller set.
 */
export function memoryPeak(
  peaks: Peaks,
  bytes: number,
  gbps = 0,
): { bytes: number; gbps: number } | undefined {
  const best = new Map<number, number>();
  for (const access of ACCESSES) {
    for (const point of peaks.bandwidth[access] ?? []) {
      best.set(point.bytes, Math.max(point.gbps, best.get(point.bytes) ?? 0));
    }
  }
  const sets = [...best.keys()].sort((a, b) => a - b);
  if (sets.length === 0) return undefined;
  const first = sets.findIndex((size) => size >= bytes);
  const from = (at: number) => Math.max(...sets.slice(at).map((size) => best.get(size)!));
  const at = first < 0 ? sets.length - 1 : first;
  const own = from(at);
  if (gbps <= MARGIN * own || at === 0) return { bytes: Math.min(bytes, sets[at]!), gbps: own };
  return { bytes: sets[at - 1]!, gbps: from(at - 1) };
}

/** A record held against better peaks; the same object where nothing changed. */
export function rebind(record: ZooRecord, set: PeakSet): ZooRecord {
  const { roofline, time, backend, variant, host } = record;
  if (!roofline || !time) return record;
  const { arithmetic, flops, bytes } = roofline;
  const { threads, caches } = host;
  const better = boundOf(set, {
    ...{ backend, variant, arithmetic, ns: time.medianNs, flops, bytes, threads, caches },
  });
  return better && JSON.stringify(better) !== JSON.stringify(roofline)
    ? { ...record, roofline: better }
    : record;
}
