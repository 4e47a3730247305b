import { usesGpu } from '../../kernels/lib/peer.ts';
import { environmentOf, GPU_TRAIT } from '../environment/traits.ts';
import {
  type ErrorSummary,
  fromMeasure,
  type Status,
  type TimeSummary,
  toMeasure,
  type ZooRecord,
} from '../record.ts';
import { median, medianInterval, quantile, sorted } from './median.ts';
import { studentQuantile } from './student.ts';

/** From good to bad: a cell is as bad as its worst process. */
const SEVERITY: readonly Status[] = ['ok', 'unsupported', 'failed', 'wrong'];

const MEMORY = [
  ...(['heapBytesPerOp', 'externalBytesPerOp', 'gcMinor', 'gcMajor', 'gcMs'] as const),
  ...(['peakBytes', 'addedBytes'] as const),
] as const;

const TOKENS = ['firstNs', 'p50Ns', 'p90Ns', 'p99Ns', 'hitRate'] as const;

/**
 * One record for each cell and environment (machine, engine, flags, threads), in order of first appearance; several processes
 * of a cell become one.
 */
export function mergeReplicates(records: readonly ZooRecord[]): ZooRecord[] {
  const groups = new Map<string, ZooRecord[]>();
  for (const record of records) {
    const gpu = usesGpu(record) ? GPU_TRAIT.read(record.host) : '';
    const key = `${environmentOf(record.host)} ${gpu} ${record.id}`;
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups.values()].map(merge);
}

function merge(group: ZooRecord[]): ZooRecord {
  const [first, ...rest] = group as [ZooRecord, ...ZooRecord[]];
  if (rest.length === 0) return first;
  const worst = group.reduce((a, b) => (SEVERITY.indexOf(b.status) > SEVERITY.indexOf(a.status) ? b : a));
  const merged: ZooRecord = { ...worst };
  const errors = group.flatMap((record) => record.error ?? []);
  if (errors.length > 0) {
    const rank = (error: ErrorSummary) => {
      const value = fromMeasure(error.value);
      return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
    };
    const largest = errors.reduce((a, b) => (rank(b) > rank(a) ? b : a));
    const cold = Math.max(...errors.map((error) => fromMeasure(error.coldValue)));
    const checks = errors.reduce((sum, error) => sum + error.checks, 0);
    merged.error = { ...largest, coldValue: toMeasure(cold), checks };
  }
  const timed = group.flatMap((record) => record.time ?? []);
  // A process whose timestamps could not be believed has other times than the rest.
  const times = timed.filter((time) => time.clock === timed[0]!.clock);
  if (times.length > 0) {
    const samples = times.flatMap((time) => time.samplesNs);
    const medians = times.flatMap((time) => time.processMediansNs);
    const interval = processInterval(medians) ?? medianInterval(samples);
    merged.time = {
      ...times[0]!,
      medianNs: interval.median,
      ciLowNs: interval.low,
      ciHighNs: interval.high,
      minNs: Math.min(...times.map((time) => time.minNs)),
      p99Ns: quantile(sorted(samples), 0.99),
      samplesNs: samples,
      processes: medians.length,
      processMediansNs: medians,
    };
    Object.assign(merged.time, mergeShapes(times));
    const cold = times.flatMap((time) => time.coldNs ?? []);
    if (cold.length > 0) merged.time.coldNs = median(cold);
    // Rates and fractions are work ÷ time: they follow the merged median.
    const scale = times[0]!.medianNs / interval.median;
    const base = group.find((record) => record.time === times[0])!;
    if (base.rate) {
      const { bitsPerByte, ...rates } = base.rate;
      merged.rate = Object.fromEntries(Object.entries(rates).map(([key, value]) => [key, value * scale]));
      if (bitsPerByte !== undefined) merged.rate.bitsPerByte = bitsPerByte;
    }
    if (base.roofline) {
      const { fraction, runtimeFraction } = base.roofline;
      merged.roofline = { ...base.roofline, fraction: fraction * scale };
      if (runtimeFraction !== undefined) merged.roofline.runtimeFraction = runtimeFraction * scale;
    }
  }
  const noisy = group.flatMap((record) => record.noisy ?? []);
  if (noisy.length > 0) merged.noisy = `${noisy.length} of ${group.length} processes: ${noisy[0]}`;
  const tokens = group.flatMap((record) => record.tokens ?? []);
  if (tokens.length > 0) {
    merged.tokens = { ...tokens[0]! };
    for (const key of TOKENS) {
      const values = tokens.flatMap((each) => each[key] ?? []);
      if (values.length > 0) merged.tokens[key] = median(values);
    }
    const count = tokens.reduce((sum, each) => sum + (each.count ?? 0), 0);
    if (count > 0) merged.tokens.count = count;
  }
  const memories = group.flatMap((record) => record.memory ?? []);
  if (memories.length > 0) {
    merged.memory = { ...memories[0]! };
    for (const key of MEMORY) {
      const values = memories.flatMap((memory) => memory[key] ?? []);
      if (values.length > 0) merged.memory[key] = median(values);
    }
    if (memories.some(({ unsettled }) => unsettled)) merged.memory.unsettled = true;
  }
  return merged;
}

/** One process that was not steady, or had two modes, marks the cell; absent where no record says. */
function mergeShapes(times: readonly TimeSummary[]): Partial<TimeSummary> {
  const steady = times.flatMap((time) => time.steady ?? []);
  const bimodal = times.flatMap((time) => time.bimodal ?? []);
  const outliers = times.flatMap((time) => time.outliers ?? []);
  const warmUps = times.flatMap((time) => time.warmUp ?? []);
  const modes = times.find((time) => time.modesNs)?.modesNs;
  return {
    ...(steady.length > 0 ? { steady: steady.every(Boolean) } : {}),
    ...(bimodal.length > 0 ? { bimodal: bimodal.some(Boolean) } : {}),
    ...(modes ? { modesNs: modes } : {}),
    ...(outliers.length > 0
      ? { outliers: { count: outliers.reduce((sum, { count }) => sum + count, 0) } }
      : {}),
    ...(warmUps.length > 0
      ? {
          warmUp: {
            calls: median(warmUps.map(({ calls }) => calls)),
            ms: median(warmUps.map(({ ms }) => ms)),
            settled: warmUps.every(({ settled }) => settled),
          },
        }
      : {}),
  };
}

/**
 * Geometric mean of process medians with a 95 % Student interval on their logarithms: the process, not the call, is the
 * replicate (Georges et al. 2007; Kalibera & Jones 2013). Undefined for fewer than three processes.
 *
 * Simulated (the test repeats it), with 1.5 % between processes and normal, skewed or bimodal samples within them whose
 * number a stopping rule chose: it covers in 95 ± 1 % of cells of 3 and of 5 processes. The percentile bootstrap of
 * processes, with or without batches inside, is not used because with so few it covers in only 73 % (3), 83 % (5) and 90 %
 * (10). **Bias:** where the processes themselves are skewed (an exponential spread), it covers in 88 % (3, 5) to 90 % (10).
 */
export function processInterval(
  medians: readonly number[],
): { median: number; low: number; high: number } | undefined {
  const n = medians.length;
  if (n < 3) return undefined;
  const logs = medians.map(Math.log);
  const mean = logs.reduce((a, b) => a + b) / n;
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(0.05, n - 1) * Math.sqrt(variance / n);
  return { median: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) };
}
