/** From warm-up to samples: how many batches of how many calls, driven by tinybench or benchmark.js. */
import Benchmark from 'benchmark';
import { Bench } from 'tinybench';
import type { Prepared } from '../../kernels/kernel.ts';
import type { Budget } from '../../suites/suite.ts';
import { clockStepMs, now } from '../clock.ts';
import type { TimeSummary } from '../record.ts';
import { median } from '../stats/median.ts';
import { isPrecise, nextLook, sequentialInterval } from '../stats/sequential.ts';
import { steadyFrom, WarmUpWatch } from '../stats/steady.ts';
import { once, type Sampler, samplerOf } from './batch.ts';
import { gpuTimer, hasTimestamps, ImplausibleTimestamps, timeOnGpu } from './gpu-clock.ts';

export type Engine = TimeSummary['engine'];
export const ENGINES: readonly Engine[] = ['tinybench', 'benchmarkjs'];

/** Shortest batch that is timed: a thousand times what reading a fine clock costs. */
const BATCH_MS = 0.5;
/** And as many steps of a coarse one: browsers round theirs to 5 µs, 20 µs or 1 ms. */
const CLOCK_STEPS = 100;

/** Milliseconds that a batch must last for its time to be known to 1 % on this engine's clock. */
export function shortestBatchMs(stepMs: number): number {
  return Math.max(BATCH_MS, CLOCK_STEPS * stepMs);
}

/** A batch lasts as many fences: waiting for one is at most 5 % of it. */
const FENCES = 20;
const FENCE_TRIES = 3;

/** Least milliseconds of waiting for nothing: 0 where nothing has to be waited for. */
async function fenceMs(prepared: Prepared): Promise<number> {
  if (!prepared.sync) return 0;
  await prepared.sync();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < FENCE_TRIES; i++) {
    const start = now();
    await prepared.sync();
    least = Math.min(least, now() - start);
  }
  return least;
}

export interface Sampling {
  readonly budget: Budget;
  readonly engine: Engine;
  /** Awaited before every {@link Turn} of tinybench's samples: another process takes its own meanwhile. */
  readonly turn?: () => Promise<void>;
  /** Each process drives what the other reads out of the caches: turns are long, so that most of their samples do not see it. */
  readonly isLarge?: boolean;
}

export interface Sampled {
  /** Nanoseconds a call, one for each batch, in the order of time. */
  readonly samplesNs: readonly number[];
  /** Calls of a batch. */
  readonly batch: number;
  /** Samples of each turn, where there are turns. */
  readonly turns?: readonly number[];
  readonly warmUp: NonNullable<TimeSummary['warmUp']>;
  /** Only of what runs on a GPU. */
  readonly clock?: NonNullable<TimeSummary['clock']>;
  /** Why it is not the clock that the adapter offers. */
  readonly note?: string;
  /** One more call, made as the timed ones were. Returns a promise only where there is something to wait for. */
  once(): void | Promise<void>;
}

/**
 * Warm-up, and samples until their median is known precisely or the budget is spent.
 * @param device its timestamps are the clock of what can be encoded, as long as the wall clock does not contradict them
 */
export async function sample(prepared: Prepared, sampling: Sampling, device?: GPUDevice): Promise<Sampled> {
  const { budget, engine } = sampling;
  let note: string | undefined;
  // benchmark.js has one way of timing what is asynchronous.
  if (engine === 'tinybench' && prepared.encode && device && hasTimestamps(device)) {
    try {
      return await sampleOnGpu(prepared, sampling, device);
    } catch (error) {
      if (!(error instanceof ImplausibleTimestamps)) throw error;
      note = `timed by a fenced wall clock: by its timestamps ${error.message}`;
    }
  }
  const way: Pick<Sampled, 'once' | 'clock' | 'note'> = {
    once: () => once(prepared),
    ...(prepared.sync ? { clock: 'fenced wall clock' } : {}),
    ...(note === undefined ? {} : { note }),
  };
  const sampler = samplerOf(prepared);
  const batchMs = Math.max(shortestBatchMs(clockStepMs()), FENCES * (await fenceMs(prepared)));
  if (engine === 'tinybench') return { ...(await drive(sampler, sampling, batchMs)), ...way };
  const { batch, calls, ms, settled } = await warmUp(sampler, budget, batchMs);
  return {
    ...{ samplesNs: await sampleWithBenchmarkJs(prepared, budget), batch, warmUp: { calls, ms, settled } },
    ...way,
  };
}

async function sampleOnGpu(prepared: Prepared, sampling: Sampling, device: GPUDevice): Promise<Sampled> {
  const timer = await gpuTimer(device, prepared);
  // As long as what a batch costs beside it: budgets count the device's time alone.
  const batchMs = Math.max(shortestBatchMs(timer.stepMs), timer.overheadMs);
  const sampled = await drive({ async: true, batch: timer.batch }, sampling, batchMs);
  const once = async () => {
    await timeOnGpu(device, prepared.encode!.bind(prepared), 1);
  };
  return { ...sampled, clock: 'timestamp-query', once };
}

async function drive(sampler: Sampler, sampling: Sampling, batchMs: number) {
  const { budget, turn, isLarge = false } = sampling;
  const { batch, lastMs, calls, ms, settled } = await warmUp(sampler, budget, batchMs);
  const { samplesNs, early, turns } = turn
    ? await sampleInTurns(sampler, batch, budget, turn, turnOf(lastMs, isLarge))
    : await sampleWithTinybench(sampler, batch, budget);
  const warmedUp = { calls: calls + early.calls, ms: ms + early.ms, settled };
  return { samplesNs, batch, warmUp: warmedUp, ...(turns ? { turns } : {}) };
}

interface WarmUp {
  /** Calls that make a batch. */
  readonly batch: number;
  /** About what such a batch takes. */
  readonly lastMs: number;
  /** Calls and milliseconds it took. */
  readonly calls: number;
  readonly ms: number;
  /** Ended because the times were steady, not because its budget was spent. */
  readonly settled: boolean;
}

/** Runs until the times are steady or the budget is spent, and finds how many calls make a batch. */
async function warmUp(sampler: Sampler, budget: Budget, batchMs: number): Promise<WarmUp> {
  const watch = new WarmUpWatch();
  let batch = 1;
  let rounds = 0;
  let settled = false;
  do {
    const ms = await sampler.batch(batch);
    settled = watch.add(ms, batch);
    rounds++;
    if (ms < batchMs) batch = Math.ceil(batch * Math.min(10, (1.2 * batchMs) / Math.max(ms, batchMs / 10)));
  } while (
    !settled &&
    (watch.spentMs < budget.warmupMs || (rounds < 2 && watch.spentMs < 10 * budget.warmupMs))
  );
  // What calibration saw may have been slower tiers.
  const ms = await sampler.batch(batch);
  const calls = watch.calls + batch;
  if (ms < batchMs) batch = Math.ceil((batch * batchMs) / Math.max(ms, 1e-3));
  return { batch, lastMs: Math.max(ms, batchMs), calls, ms: watch.spentMs + ms, settled };
}

/** A change of level in the samples by more than this, and the cell was not steady. */
export const STEADY_WITHIN = 0.05;
/** Half width of the interval at which sampling stops, where the budget says nothing else. */
const PRECISION = 0.01;
/** Share of the budget that is always sampled: a spell of noise lasts longer than a few batches. */
const LEAST_SHARE = 0.2;

interface Samples {
  /** Nanoseconds a call, one for each batch, in the order of time. */
  readonly samplesNs: number[];
  /** What was sampled before the level changed for good, and counts as warm-up. */
  readonly early: { calls: number; ms: number };
  /** Samples of each turn. */
  readonly turns?: readonly number[];
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
    for (const ms of await runTinybench(sampler, batch, { iterations: wanted })) {
      spentMs += ms;
      samplesNs.push((ms / batch) * 1e6);
    }
    if (nextLook(samplesNs.length - 1) !== samplesNs.length || spentMs < LEAST_SHARE * budget.sampleMs)
      continue;
    const from = steadyFrom(samplesNs, STEADY_WITHIN);
    if (from) drop(from, samplesNs, early, batch);
    else if (from === 0 && isPrecise(sequentialInterval(samplesNs), budget.precision ?? PRECISION)) break;
  }
  return { samplesNs, early };
}

/** The first `count` samples count as warm-up. */
function drop(count: number, samplesNs: number[], early: { calls: number; ms: number }, batch: number): void {
  for (const ns of samplesNs.splice(0, count)) {
    early.calls += batch;
    early.ms += (ns * batch) / 1e6;
  }
}

/** Long beside what refilling a cache costs, short beside a spell of noise. */
const TURN_MS = 6;
/** Behind a turn of another model a token takes twice as long, and its fifth successor still a tenth more: most samples are to be behind those. */
const LARGE_TURN_BATCHES = 40;
/** And no longer, where a call is: a turn of whole prompts would take minutes. */
const LARGE_TURN_MS = 300;
/** Of each process, however long they are. */
const LEAST_TURNS = 10;

/** Milliseconds of a turn and batches, of both at least. */
interface Turn {
  readonly time: number;
  readonly iterations: number;
}

function turnOf(batchMs: number, isLarge: boolean): Turn {
  const iterations = isLarge ? Math.min(LARGE_TURN_BATCHES, Math.floor(LARGE_TURN_MS / batchMs)) : 1;
  return { time: TURN_MS, iterations: Math.max(1, iterations) };
}

/** Samples until the budget is spent, a turn at a time: turns are to be alike in both processes, so that none ends early. */
async function sampleInTurns(
  sampler: Sampler,
  batch: number,
  budget: Budget,
  turn: () => Promise<void>,
  length: Turn,
): Promise<Samples> {
  const samplesNs: number[] = [];
  const early = { calls: 0, ms: 0 };
  const turns: number[] = [];
  let spentMs = 0;
  while (samplesNs.length < budget.minSamples || spentMs < budget.sampleMs || turns.length < LEAST_TURNS) {
    await turn();
    const batches = await runTinybench(sampler, batch, length);
    turns.push(batches.length);
    for (const ms of batches) {
      spentMs += ms;
      samplesNs.push((ms / batch) * 1e6);
    }
  }
  let dropped = steadyFrom(samplesNs, STEADY_WITHIN) ?? 0;
  drop(dropped, samplesNs, early, batch);
  const kept = turns.map((n) => {
    const left = Math.max(0, n - dropped);
    dropped -= n - left;
    return left;
  });
  return { samplesNs, early, turns: kept };
}

/**
 * At least as many batches, and as many milliseconds. tinybench drives the sampling; each of its iterations is one batch, and it is handed the time of one call. It sorts its
 * samples, so their order is kept here.
 * @returns milliseconds of each batch
 */
async function runTinybench(
  sampler: Sampler,
  batch: number,
  { iterations, time = 0 }: { iterations: number; time?: number },
): Promise<number[]> {
  const batches: number[] = [];
  const bench = new Bench({ time, iterations, warmup: false, throws: true });
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

/** Nanoseconds a call that this harness reads for a bare function, with the budget of a short cell. */
export async function timeFunction(run: () => void): Promise<number> {
  const budget: Budget = { sampleMs: 60, warmupMs: 60, minSamples: 16, processes: 1, limitMs: 0 };
  const prepared = { run, read: () => new Float64Array(0), dispose: () => {} };
  return median((await sample(prepared, { budget, engine: 'tinybench' })).samplesNs);
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
