import { type ErrorSummary, fromMeasure, type Status, toMeasure, type ZooRecord } from '../record.ts';
import { median, medianInterval, quantile, sorted } from './median.ts';
import { studentQuantile } from './student.ts';

/** From good to bad: a cell is as bad as its worst process. */
const SEVERITY: readonly Status[] = ['ok', 'unsupported', 'failed', 'wrong'];

const MEMORY = ['heapBytesPerOp', 'externalBytesPerOp', 'gcMinor', 'gcMajor', 'gcMs', 'peakBytes'] as const;

/** One record for each cell and runtime, in order of first appearance; several processes of a cell become one. */
export function mergeReplicates(records: readonly ZooRecord[]): ZooRecord[] {
  const groups = new Map<string, ZooRecord[]>();
  for (const record of records) {
    const key = `${record.host.runtime} ${record.id}`;
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
  const times = group.flatMap((record) => record.time ?? []);
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
    const cold = times.flatMap((time) => time.coldNs ?? []);
    if (cold.length > 0) merged.time.coldNs = median(cold);
    // Rates and fractions are work ÷ time: they follow the merged median.
    const scale = times[0]!.medianNs / interval.median;
    const base = group.find((record) => record.time === times[0])!;
    if (base.rate) {
      merged.rate = Object.fromEntries(Object.entries(base.rate).map(([key, value]) => [key, value * scale]));
    }
    if (base.roofline) merged.roofline = { ...base.roofline, fraction: base.roofline.fraction * scale };
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

/**
 * Geometric mean of process medians with a 95 % Student interval on their logarithms: the process, not the call, is the
 * replicate (Georges et al. 2007; Kalibera & Jones 2013). Undefined for fewer than three processes.
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
