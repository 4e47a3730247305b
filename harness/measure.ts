/** Measures one cell in the process that runs it: check, warm-up, samples, check, allocation, check. */
import Benchmark from 'benchmark';
import { Bench } from 'tinybench';
import {
  caseName,
  type Host,
  type Kernel,
  type Prepared,
  type Shape,
  type Variant,
} from '../kernels/kernel.ts';
import {
  checkOnce,
  inputSources,
  judge,
  makeTrial,
  type OnPhase,
  type Trial,
  type Verdict,
} from '../kernels/lib/check.ts';
import { denormalShare } from '../kernels/lib/guard.ts';
import { rng } from '../kernels/lib/rng.ts';
import type { Budget } from '../suites/suite.ts';
import { now } from './clock.ts';
import { freshRounds, slowdown } from './integrity/fresh.ts';
import { lateness, readTwice } from './integrity/late.ts';
import { findLeak } from './integrity/leak.ts';
import { type ErrorSummary, type MemorySummary, type TimeSummary, toMeasure } from './record.ts';
import { median, quantile, sorted } from './stats/median.ts';
import { isPrecise, nextLook, sequentialInterval } from './stats/sequential.ts';
import { findModes, findOutliers } from './stats/shape.ts';
import { isSteady, steadyFrom, WarmUpWatch } from './stats/steady.ts';

export type Engine = TimeSummary['engine'];
export const ENGINES: readonly Engine[] = ['tinybench', 'benchmarkjs'];

/** Shortest batch that is timed: a thousand times what reading the clock costs. */
const BATCH_MS = 0.5;

/** A kernel and variant in the process that measures it. */
export interface Subject {
  readonly kernel: Kernel;
  readonly variant: Variant;
  readonly host: Host;
  /** Fresh for every run of the tool, so that no output can be known beforehand. */
  readonly seed: string;
}

/** An output judged, and the case it was for. */
export interface Check extends Verdict {
  readonly case: string;
}

/** The variant's call on a fresh input of one shape. */
async function check(
  subject: Subject,
  shape: Shape,
  source: string,
  label: string,
  onPhase?: OnPhase,
): Promise<Check> {
  const { kernel, variant, host, seed } = subject;
  const input = inputSources(kernel).find((candidate) => candidate.name === source)!;
  const name = caseName(shape);
  return {
    ...(await checkOnce(kernel, variant, shape, input, `${seed} ${label} ${name}`, host, onPhase)),
    case: name,
  };
}

/** Every case of the kernel, on ordinary and hostile inputs; ends at the first that is wrong. */
export async function checkAllCases(
  subject: Subject,
  skip: (shape: Shape) => boolean,
  onCheck: () => void,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { shape, slow } of subject.kernel.cases) {
    if (slow || skip(shape)) continue;
    for (const { name } of inputSources(subject.kernel)) {
      onCheck();
      const result = await check(subject, shape, name, `all ${name}`);
      checks.push(result);
      if (!result.ok) return checks;
    }
  }
  return checks;
}

/** The very first call of a cell, timed and checked. */
export async function firstCall(
  subject: Subject,
  shape: Shape,
  onPhase?: OnPhase,
): Promise<{ check: Check; coldNs: number }> {
  let coldNs = 0;
  const timed: Variant = {
    ...subject.variant,
    prepare: async (input, shape, host) => {
      const prepared = await subject.variant.prepare(input, shape, host);
      return {
        ...delegate(prepared),
        run() {
          const start = now();
          prepared.run();
          coldNs = (now() - start) * 1e6;
        },
      };
    },
  };
  return { check: await check({ ...subject, variant: timed }, shape, 'inputs', 'cold', onPhase), coldNs };
}

/** Methods of a prepared variant, which may be a class instance, bound to it. */
function delegate(prepared: Prepared): Prepared {
  return {
    run: () => prepared.run(),
    ...(prepared.sync ? { sync: () => prepared.sync!() } : {}),
    read: () => prepared.read(),
    ...(prepared.poison ? { poison: (value: number) => prepared.poison!(value) } : {}),
    dispose: () => prepared.dispose(),
  };
}

export interface Measured {
  readonly checks: Check[];
  /** Absent when a check failed: the speed of a wrong result is no number. */
  readonly time?: Omit<TimeSummary, 'coldNs'>;
  readonly memory?: MemorySummary;
  readonly notes?: readonly string[];
  /** What the samples cannot be believed for, though every output was right. */
  readonly caught?: { readonly status: 'wrong' | 'failed'; readonly reason: string };
}

/**
 * Bytes a call allocates, by the best method of the runtime.
 * @param make the cell on an input that is the same in every run
 */
export type MemoryMeter = (make: () => Promise<Prepared>, callNs: number) => Promise<MemorySummary>;

/** What allocation is measured on: bytes may depend on values, and a gate compares them between runs. */
export function prepareForMemory(subject: Subject, shape: Shape): Promise<Prepared> {
  return prepareOn(subject, shape, `memory ${caseName(shape)}`);
}

/** The variant on the ordinary input of a seed. */
async function prepareOn({ kernel, variant, host }: Subject, shape: Shape, seed: string): Promise<Prepared> {
  return variant.prepare(await kernel.inputs(shape, rng(seed), host), shape, host);
}

/**
 * Warm-up, samples and allocation of one cell, with its output checked after the last sample and on a fresh input.
 * @param thorough look for calls that do not do the work: once for a cell, not in each of its processes
 */
export async function measureCell(
  subject: Subject,
  shape: Shape,
  budget: Budget,
  engine: Engine,
  memory: MemoryMeter | undefined,
  thorough: boolean,
): Promise<Measured> {
  const { kernel, variant, host, seed } = subject;
  const ordinary = inputSources(kernel)[0]!;
  const name = caseName(shape);
  const trial = await makeTrial(kernel, variant, shape, ordinary, `${seed} timed ${name}`, host);
  const { prepared } = trial;
  try {
    const sampler = prepared.sync ? asyncSampler(prepared) : syncSampler(prepared);
    const { batch, ...warmth } = await warmUp(sampler, budget);
    const { samplesNs, early } =
      engine === 'tinybench'
        ? await sampleWithTinybench(sampler, batch, budget)
        : { samplesNs: await sampleWithBenchmarkJs(prepared, budget), early: { calls: 0, ms: 0 } };
    const checks: Check[] = [{ ...(await judge(trial)), case: name }];
    // Once more, so that what a run does not write can be seen.
    prepared.poison?.(Number.NaN);
    prepared.run();
    if (prepared.sync) await prepared.sync();
    checks.push({ ...(await judge(trial)), case: name });
    if (!checks.every((c) => c.ok)) return { checks };
    const interval = sequentialInterval(samplesNs);
    const time = {
      medianNs: interval.median,
      ciLowNs: interval.low,
      ciHighNs: interval.high,
      minNs: Math.min(...samplesNs),
      p99Ns: quantile(sorted(samplesNs), 0.99),
      samplesNs,
      batch,
      processes: 1,
      processMediansNs: [interval.median],
      engine,
      steady: isSteady(samplesNs, STEADY_WITHIN),
      warmUp: { ...warmth, calls: warmth.calls + early.calls, ms: warmth.ms + early.ms },
      outliers: findOutliers(samplesNs),
      ...modesOf(samplesNs),
    };
    const caught = thorough ? await catchCheat(subject, shape, prepared, interval.median) : undefined;
    if (caught !== undefined) return { checks, caught: { status: 'wrong', reason: caught } };
    const used = await memory?.(() => prepareForMemory(subject, shape), interval.median);
    const kept = memory ? await findLeak(prepared, interval.median) : undefined;
    if (kept !== undefined) {
      const reason = `leaks memory: ${Math.round(kept)} bytes a call are still there after garbage collection`;
      return { checks, caught: { status: 'failed', reason } };
    }
    // The warmed code on an input that it has not seen.
    checks.push(await check(subject, shape, 'inputs', 'warm'));
    if (!checks.every((c) => c.ok)) return { checks };
    const notes = await denormalNotes(trial);
    return { checks, time, ...(notes.length > 0 ? { notes } : {}), ...(used ? { memory: used } : {}) };
  } finally {
    prepared.dispose();
  }
}

/** One value in a thousand may be what a sum of random numbers comes to; more make the time theirs. */
const MANY_DENORMALS = 1e-3;

async function denormalNotes({ guard, prepared }: Trial): Promise<string[]> {
  const shares = { input: guard.denormals(), output: denormalShare([await prepared.read()]) };
  return Object.entries(shares)
    .filter(([, share]) => share > MANY_DENORMALS)
    .map(
      ([where, share]) => `${(100 * share).toPrecision(2)} % of the ${where} are denormals, which are slow`,
    );
}

/** Does the timed call do the work, each time? Told by the time that it takes where it cannot have been done before. */
async function catchCheat(
  subject: Subject,
  shape: Shape,
  prepared: Prepared,
  callNs: number,
): Promise<string | undefined> {
  let made = 0;
  const make = () => prepareOn(subject, shape, `${subject.seed} fresh ${made++} ${caseName(shape)}`);
  const { bytes } = subject.kernel.work(shape);
  const slower = slowdown(await freshRounds(prepared, make, callNs, bytes), bytes);
  if (slower !== undefined) {
    return `remembers its output: a call takes ${slower.toFixed(1)} times as long on an input that it has not seen`;
  }
  const later = lateness(await readTwice(prepared, callNs), callNs);
  return later === undefined
    ? undefined
    : `computes in read: the first reading after a run takes ${later.toFixed(1)} times as long as the next`;
}

/** Runs a batch and gives its duration in milliseconds. */
type Sampler =
  | { async: false; batch(calls: number): number }
  | { async: true; batch(calls: number): Promise<number> };

function syncSampler(prepared: Prepared): Sampler {
  const batch = makeTimeBatch(prepared.run.bind(prepared));
  return {
    async: false,
    batch(calls) {
      batch.time(calls);
      return batch.ms[0]!;
    },
  };
}

interface TimeBatch {
  time(calls: number): void;
  /** Of the latest batch. In an array, since a number that is returned, or kept across the loop, may be allocated. */
  readonly ms: Float64Array;
}

let loops = 0;

/**
 * The timed loop, compiled anew for each cell: one loop for all would see many functions, and a call that the compiler
 * cannot inline costs nanoseconds which are not the kernel's. The comment makes the text, by which engines cache code and
 * its type feedback, a different one. A function of its own, so that a profile does not charge the kernel to the harness.
 */
function makeTimeBatch(run: () => void): TimeBatch {
  const text = `// cell ${loops++}
    return function timeBatch(calls) {
      ms[0] = now();
      for (let i = 0; i < calls; i++) run();
      ms[0] = now() - ms[0];
    };`;
  const ms = new Float64Array(1);
  return { ms, time: new Function('run', 'now', 'ms', text)(run, now, ms) as TimeBatch['time'] };
}

/** With one wait for all calls of the batch: how long the work takes, not how long it takes to hand it over. */
function asyncSampler(prepared: Prepared): Sampler {
  return {
    async: true,
    async batch(calls) {
      const start = now();
      for (let i = 0; i < calls; i++) prepared.run();
      await prepared.sync!();
      return now() - start;
    },
  };
}

interface WarmUp {
  /** Calls that make a batch. */
  readonly batch: number;
  /** Calls and milliseconds it took. */
  readonly calls: number;
  readonly ms: number;
  /** Ended because the times were steady, not because its budget was spent. */
  readonly settled: boolean;
}

/** Runs until the times are steady or the budget is spent, and finds how many calls make a batch. */
async function warmUp(sampler: Sampler, budget: Budget): Promise<WarmUp> {
  const watch = new WarmUpWatch();
  let batch = 1;
  let rounds = 0;
  let settled = false;
  do {
    const ms = await sampler.batch(batch);
    settled = watch.add(ms, batch);
    rounds++;
    if (ms < BATCH_MS)
      batch = Math.ceil(batch * Math.min(10, (1.2 * BATCH_MS) / Math.max(ms, BATCH_MS / 10)));
  } while (
    !settled &&
    (watch.spentMs < budget.warmupMs || (rounds < 2 && watch.spentMs < 10 * budget.warmupMs))
  );
  // What calibration saw may have been slower tiers.
  const ms = await sampler.batch(batch);
  const calls = watch.calls + batch;
  if (ms < BATCH_MS) batch = Math.ceil((batch * BATCH_MS) / Math.max(ms, 1e-3));
  return { batch, calls, ms: watch.spentMs + ms, settled };
}

/** A change of level in the samples by more than this, and the cell was not steady. */
const STEADY_WITHIN = 0.05;
/** Half width of the interval at which sampling stops, where the budget says nothing else. */
const PRECISION = 0.01;
/** Share of the budget that is always sampled: a spell of noise lasts longer than a few batches. */
const LEAST_SHARE = 0.2;

interface Samples {
  /** Nanoseconds a call, one for each batch, in the order of time. */
  readonly samplesNs: number[];
  /** What was sampled before the level changed for good, and counts as warm-up. */
  readonly early: { calls: number; ms: number };
}

/** Samples until the interval of the median is narrow enough and the level steady, or the budget is spent. */
async function sampleWithTinybench(sampler: Sampler, batch: number, budget: Budget): Promise<Samples> {
  const samplesNs: number[] = [];
  const early = { calls: 0, ms: 0 };
  let spentMs = 0;
  while (samplesNs.length < budget.minSamples || spentMs < budget.sampleMs) {
    const n = samplesNs.length;
    const left = Math.ceil(((budget.sampleMs - spentMs) * n) / spentMs);
    const wanted = n < budget.minSamples ? budget.minSamples - n : Math.min(nextLook(n) - n, left);
    for (const ms of await runTinybench(sampler, batch, wanted)) {
      spentMs += ms;
      samplesNs.push((ms / batch) * 1e6);
    }
    if (nextLook(samplesNs.length - 1) !== samplesNs.length || spentMs < LEAST_SHARE * budget.sampleMs)
      continue;
    const from = steadyFrom(samplesNs, STEADY_WITHIN);
    if (from) {
      for (const ns of samplesNs.splice(0, from)) {
        early.calls += batch;
        early.ms += (ns * batch) / 1e6;
      }
    } else if (from === 0 && isPrecise(sequentialInterval(samplesNs), budget.precision ?? PRECISION)) break;
  }
  return { samplesNs, early };
}

/**
 * tinybench drives the sampling; each of its iterations is one batch, and it is handed the time of one call. It sorts its
 * samples, so their order is kept here.
 * @returns milliseconds of each batch
 */
async function runTinybench(sampler: Sampler, batch: number, iterations: number): Promise<number[]> {
  const batches: number[] = [];
  const bench = new Bench({ time: 0, iterations, warmup: false, throws: true });
  const sample = (ms: number) => {
    batches.push(ms);
    return { overriddenDuration: ms / batch, overriddenIterationCost: ms };
  };
  // tinybench calls a function once more, before its samples, to see whether it is asynchronous, unless it is told.
  if (sampler.async) {
    bench.add('cell', async () => sample(await sampler.batch(batch)), { async: true });
    await bench.run();
  } else {
    bench.add('cell', () => sample(sampler.batch(batch)), { async: false });
    bench.runSync();
  }
  const result = bench.tasks[0]?.result;
  if (result?.state !== 'completed') throw new Error(`tinybench gave no result: ${result?.state}`);
  return batches;
}

function modesOf(samplesNs: readonly number[]): Pick<TimeSummary, 'bimodal' | 'modesNs'> {
  const modes = findModes(samplesNs);
  return modes ? { bimodal: true, modesNs: [modes.low, modes.high] } : { bimodal: false };
}

/** One timed batch of a bare function as a function of its own, for the harness's measure of itself. */
export function oneWindow(run: () => void, calls: number): () => void {
  const { time } = makeTimeBatch(run);
  return () => time(calls);
}

/** Nanoseconds a call that this harness reads for a bare function, with the budget of a short cell. */
export async function timeFunction(run: () => void): Promise<number> {
  const budget: Budget = { sampleMs: 60, warmupMs: 60, minSamples: 16, processes: 1, limitMs: 0 };
  const sampler = syncSampler({ run, read: () => new Float64Array(0), dispose: () => {} });
  const { batch } = await warmUp(sampler, budget);
  return median((await sampleWithTinybench(sampler, batch, budget)).samplesNs);
}

/** benchmark.js, the second opinion, with its own calibration; one call is one iteration of its loop. */
function sampleWithBenchmarkJs(prepared: Prepared, budget: Budget): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const run = prepared.run.bind(prepared);
    const sync = prepared.sync?.bind(prepared);
    // No setup or teardown: benchmark.js would decompile the functions and build new ones from their text.
    const benchmark = new Benchmark('cell', {
      fn: sync
        ? (deferred: { resolve(): void }) => {
            run();
            sync().then(() => deferred.resolve(), reject);
          }
        : run,
      defer: sync !== undefined,
      maxTime: budget.sampleMs / 1000,
      minSamples: budget.minSamples,
    });
    benchmark.on('complete', () => {
      const { error, stats } = benchmark as unknown as { error?: unknown; stats: { sample: number[] } };
      if (error) reject(error);
      else resolve(stats.sample.map((seconds) => seconds * 1e9));
    });
    benchmark.run({ async: true });
  });
}

/** What a record says of a cell's accuracy; the first check is the cold one. */
export function summarise(variant: Variant, cold: Check, others: readonly Check[]): ErrorSummary {
  const all = [cold, ...others];
  // A wrong output outranks a larger error that is within bounds; !(≤) so that NaN counts as larger.
  const worst = all.reduce((a, b) => {
    if (a.ok !== b.ok) return a.ok ? b : a;
    return b.value <= a.value ? a : b;
  });
  return {
    metric: worst.tolerance.metric,
    value: toMeasure(worst.value),
    tolerance: worst.tolerance.bound,
    why: worst.tolerance.why,
    approximation: variant.approximation ?? false,
    coldValue: toMeasure(cold.value),
    where: describe(worst),
    checks: all.length,
  };
}

/** `M=5,N=7,K=3, denormals: row 2: got 1, expected 2`. */
export function describe(check: Check): string {
  return `${check.case}${check.input === 'inputs' ? '' : `, ${check.input}`}: ${check.where}`;
}
