/**
 * The record: one JSON line for one cell measured in one process. It is all that the stages behind the runner know.
 * Times are nanoseconds, rates are 1e9 operations or bytes a second.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { SCHEMA } from './protocol.ts';

export { fromMeasure, toMeasure } from './finite.ts';

export { SCHEMA };

/** An error that is not finite is written as one of these words (harness/finite.ts). */
const measure = z.union([z.number(), z.enum(['NaN', 'Infinity'])]);

const errorSchema = z.object({
  metric: z.enum(['abs', 'rel', 'ulp', 'scaled', 'nmse']),
  /** Largest error over every input checked in this process. */
  value: measure,
  tolerance: measure,
  why: z.string(),
  /** The variant approximates by design, and the tolerance is its own. */
  approximation: z.boolean(),
  /** The variant shows what does not work, and the tolerance is the bound that it meets all the same. */
  exhibit: z.literal(true).optional(),
  /** Error of the very first call in the process. */
  coldValue: measure,
  /** Where the largest error is. */
  where: z.string(),
  /** Inputs compared. */
  checks: z.number().int(),
});

const timeSchema = z.object({
  /** Per call, over batches; the interval is for the median. */
  medianNs: z.number(),
  ciLowNs: z.number(),
  ciHighNs: z.number(),
  minNs: z.number(),
  p99Ns: z.number(),
  /** One per batch: its duration ÷ its calls. */
  samplesNs: z.array(z.number()),
  /** Calls in a batch. */
  batch: z.number().int(),
  processes: z.number().int(),
  /** The very first call in the process; only of the first cell that it measured. */
  coldNs: z.number().optional(),
  /** Median of each process; more than one only after merging. */
  processMediansNs: z.array(z.number()),
  engine: z.enum(['tinybench', 'benchmarkjs']),
  /** Only of what runs on a GPU: two timestamps of the device, or the engine's clock around work that was waited for. */
  clock: z.enum(['timestamp-query', 'fenced wall clock']).optional(),
  /** No change of level within the samples; after merging, in no process. */
  steady: z.boolean().optional(),
  /** What came before the samples; `settled`: it ended because the times were steady, not because its budget was spent. */
  warmUp: z.object({ calls: z.number(), ms: z.number(), settled: z.boolean() }).optional(),
  /** Samples far from the others of their process; they stay in. The bounds are those of one process. */
  outliers: z
    .object({ count: z.number().int(), belowNs: z.number().optional(), aboveNs: z.number().optional() })
    .optional(),
  /** Where samples were taken in turns with another process: how many of them in each, those that count as warm-up left out. */
  turns: z.array(z.number().int()).optional(),
  /** Samples at two levels, whose medians are `modesNs`; after merging, in any process. */
  bimodal: z.boolean().optional(),
  modesNs: z.tuple([z.number(), z.number()]).optional(),
});

const rateSchema = z.object({
  gflops: z.number().optional(),
  gbps: z.number().optional(),
  tokensPerSecond: z.number().optional(),
  bytesPerSecond: z.number().optional(),
  stepsPerSecond: z.number().optional(),
  bitsPerByte: z.number().optional(),
});

const rooflineSchema = z.object({
  bound: z.enum(['compute', 'memory']),
  peakGflops: z.number(),
  /** Of streaming through a working set of the cell's size. */
  peakGbps: z.number(),
  /** Of the peak that binds. */
  fraction: z.number(),
  /** Name of the arithmetic peak, such as `fma`, and what the cell computes in. */
  peak: z.string().optional(),
  arithmetic: z.enum(['f32', 'f64', 'f16', 'i16', 'i8']).optional(),
  /** Which memory the working set lies in: `L1`, `L2`, `L3`, `memory`. */
  level: z.string().optional(),
  /** Of scalar JavaScript on as many threads, and how much of that was reached: only of JavaScript variants. */
  runtimeGflops: z.number().optional(),
  runtimeFraction: z.number().optional(),
  /** Why the fraction cannot be true. */
  impossible: z.string().optional(),
  /** Work of the algorithm: flops and bytes of one call. */
  flops: z.number(),
  bytes: z.number(),
});

const tokensSchema = z.object({
  /** Tokens of one call, and bytes of keys and values that it keeps. */
  perCall: z.number(),
  cacheBytes: z.number().optional(),
  /** Until the first token of a text was there. */
  firstNs: z.number().optional(),
  /** Of one token, of calls behind the samples: quantiles over `count` tokens. */
  p50Ns: z.number().optional(),
  p90Ns: z.number().optional(),
  p99Ns: z.number().optional(),
  count: z.number().int().optional(),
  /** Share of the tokens asked for that a cache had. */
  hitRate: z.number().optional(),
});

const memorySchema = z.object({
  heapBytesPerOp: z.number().optional(),
  externalBytesPerOp: z.number().optional(),
  gcMinor: z.number().optional(),
  gcMajor: z.number().optional(),
  gcMs: z.number().optional(),
  peakBytes: z.number().optional(),
  /** The most held above what was held when the first call was made: what calls add to inputs and preparation. */
  addedBytes: z.number().optional(),
  method: z.string(),
  /** The trials of a reading did not agree; `method` says how far apart they were. */
  unsettled: z.boolean().optional(),
});

const tierSchema = z.object({
  /** V8: ignition, sparkplug, maglev, turbofan; of WASM liftoff, turbofan. The one that most of the timed code ran in. */
  tier: z.string().optional(),
  /** Fraction of the samples in that tier. */
  share: z.number().optional(),
  /** De-optimisations within the timing window. */
  deopts: z.number().optional(),
  /** Calls of the variant in its process, those of the checks included, until the code of that tier was made. */
  warmCalls: z.number().optional(),
  /** How the tier was found, or why it is not known. */
  method: z.string().optional(),
});

const hostSchema = z.object({
  runtime: z.string(),
  version: z.string(),
  engine: z.string(),
  engineVersion: z.string(),
  cpu: z.string(),
  cores: z.number(),
  simd: z.boolean(),
  relaxedSimd: z.boolean(),
  threads: z.number(),
  gpuAdapter: z.string().optional(),
  gpuIsSoftware: z.boolean().optional(),
  gpuDriver: z.string().optional(),
  /** What the device was opened with, of what kernels can use: `shader-f16`, `subgroups`, `timestamp-query`, and WGSL's own. */
  gpuFeatures: z.array(z.string()).optional(),
  /** Sizes of buffers and workgroups by their names in WebGPU, and of subgroups: the list is in harness/runtimes/gpu.ts. */
  gpuLimits: z.record(z.string(), z.number()).optional(),
  flags: z.array(z.string()),
  /** What the engine's clock is rounded to; batches last a hundred times as long at least. */
  clockStepNs: z.number().optional(),
  /** The library that did the work, with its version: `onnxruntime-web 1.30.0`. */
  peer: z.string().optional(),
  commit: z.string().optional(),
  dirty: z.boolean().optional(),
  /** What else the machine did meanwhile; the keys are explained in harness/environment/noise.ts. */
  noise: z.record(z.string(), z.number()).optional(),
  /** `Debian GNU/Linux 12 (bookworm)`, and kernel or build. */
  os: z.string().optional(),
  kernel: z.string().optional(),
  memoryBytes: z.number().optional(),
  /** Bytes of the data caches of one core, and of L3 as a whole, by name. */
  caches: z.record(z.string(), z.number()).optional(),
  /** Cores that a container may use at once, where it may not use all. */
  cpuQuota: z.number().optional(),
});

export const recordSchema = z.object({
  schema: z.literal(SCHEMA),
  /** `subject/variant@case`. */
  id: z.string(),
  subject: z.string(),
  kind: z.enum(['kernel', 'pipeline']),
  variant: z.string(),
  backend: z.enum(['js', 'workers', 'wasm', 'wasm-threads', 'webgpu', 'peer']),
  case: z.string(),
  /** Model and layer that the case's shape comes from. */
  from: z.string().optional(),
  suite: z.string(),
  /** `i/n`: the part of the plan that it was measured with. */
  shard: z.string().optional(),
  /** Which of the fresh processes of this cell, from 0. */
  replicate: z.number().int(),
  status: z.enum(['ok', 'wrong', 'unsupported', 'failed']),
  reason: z.string().optional(),
  error: errorSchema.optional(),
  time: timeSchema.optional(),
  rate: rateSchema.optional(),
  roofline: rooflineSchema.optional(),
  /** Of a pipeline that is counted in tokens. */
  tokens: tokensSchema.optional(),
  memory: memorySchema.optional(),
  tier: tierSchema.optional(),
  /** What disturbed the cell while it was measured, by the thresholds of harness/environment/noise.ts. */
  noisy: z.string().optional(),
  /** What a reader of the time must know, a sentence each: denormals in what was timed. */
  notes: z.array(z.string()).optional(),
  host: hostSchema,
  /** ISO 8601. */
  at: z.string(),
});

export type ZooRecord = z.infer<typeof recordSchema>;
export type HostInfo = z.infer<typeof hostSchema>;
export type Status = ZooRecord['status'];
export type TimeSummary = z.infer<typeof timeSchema>;
export type ErrorSummary = z.infer<typeof errorSchema>;
export type TierSummary = z.infer<typeof tierSchema>;
export type TokensSummary = z.infer<typeof tokensSchema>;
export type MemorySummary = z.infer<typeof memorySchema>;

/** Adds one line at once, so that what is measured is on disk before the next cell starts. */
export function appendRecord(file: string, record: ZooRecord): void {
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

/** Puts `records` in the place of as many last lines; written beside and renamed, so that a kill loses nothing. */
export function replaceLastRecords(file: string, records: readonly ZooRecord[]): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const kept = lines.slice(0, lines.length - records.length);
  const all = [...kept, ...records.map((record) => JSON.stringify(record))];
  writeFileSync(`${file}.tmp`, `${all.join('\n')}\n`);
  renameSync(`${file}.tmp`, file);
}

/**
 * Reads a records file.
 * @throws UsageError naming file and line. A last line that was cut off by a kill is dropped, with a warning through `warn`.
 */
export function readRecords(file: string, warn: (message: string) => void = () => {}): ZooRecord[] {
  if (!existsSync(file)) throw new UsageError(`no such records file: ${file}`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
  return parseRecords(text, file, warn);
}

/** The same of a text; `file` names it in messages. */
export function parseRecords(
  text: string,
  file: string,
  warn: (message: string) => void = () => {},
): ZooRecord[] {
  const lines = text.split('\n');
  const records: ZooRecord[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = `${file}, line ${i + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      // appendRecord ends every line: without its end, it is the one that a kill cut off.
      if (i === lines.length - 1) {
        warn(`${at}: incomplete last line dropped`);
        continue;
      }
      throw new UsageError(`${at}: not JSON; a records file has one JSON object a line`);
    }
    const parsed = recordSchema.safeParse(json);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      const schema = (json as { schema?: unknown } | null)?.schema;
      if (schema !== SCHEMA) {
        throw new UsageError(`${at}: record schema ${String(schema)}, this version reads ${SCHEMA}`);
      }
      throw new UsageError(`${at}: not a record: ${issue.path.join('.')}: ${issue.message}`);
    }
    records.push(parsed.data);
  }
  return records;
}
