/** Measures one cell in the process that runs it: check, warm-up, samples, check, allocation, check. */
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
  ORDINARY,
  type Trial,
  type Verdict,
} from '../kernels/lib/check.ts';
import { denormalShare } from '../kernels/lib/guard.ts';
import { rng } from '../kernels/lib/rng.ts';
import { now } from './clock.ts';
import { toMeasure } from './finite.ts';
import type { Stage } from './integrity/diagnose.ts';
import { freshRounds, slowdown } from './integrity/fresh.ts';
import { findLateness } from './integrity/late.ts';
import { findLeak } from './integrity/leak.ts';
import { howRemembered } from './integrity/remembered.ts';
import type { ErrorSummary, MemorySummary, TimeSummary, TokensSummary } from './record.ts';
import { quantile, sorted } from './stats/median.ts';
import { sequentialInterval } from './stats/sequential.ts';
import { findModes, findOutliers } from './stats/shape.ts';
import { isSteady } from './stats/steady.ts';
import { fastestOf } from './timing/batch.ts';
import { type Sampling, STEADY_WITHIN, sample } from './timing/sample.ts';
import { tokensOf } from './timing/tokens.ts';

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
      const methods = delegate(prepared);
      const { sync } = methods;
      let start = 0;
      const stop = () => {
        coldNs = (now() - start) * 1e6;
      };
      return {
        ...methods,
        run() {
          start = now();
          prepared.run();
          stop();
        },
        // What a run only hands over has not been done before this ends.
        ...(sync ? { sync: () => sync().then(stop) } : {}),
      };
    },
  };
  return { check: await check({ ...subject, variant: timed }, shape, ORDINARY, 'cold', onPhase), coldNs };
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

/** A check that {@link measureCell} made. */
export type LateCheck = Check & { readonly stage: Stage };

export interface Measured {
  readonly checks: LateCheck[];
  /** Absent when a check failed: the speed of a wrong result is no number. */
  readonly time?: Omit<TimeSummary, 'coldNs'>;
  readonly memory?: MemorySummary;
  readonly tokens?: TokensSummary;
  /** See {@link Prepared}. */
  readonly bitsPerByte?: number;
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
export async function prepareForMemory({ kernel, variant, host }: Subject, shape: Shape): Promise<Prepared> {
  return variant.prepare(await kernel.inputs(shape, rng(`memory ${caseName(shape)}`), host), shape, host);
}

/**
 * Warm-up, samples and allocation of one cell, with its output checked after the last sample and on a fresh input.
 * @param thorough look for calls that do not do the work: once for a cell, not in each of its processes
 */
export async function measureCell(
  subject: Subject,
  shape: Shape,
  sampling: Sampling,
  memory: MemoryMeter | undefined,
  thorough: boolean,
): Promise<Measured> {
  const { kernel, variant, host, seed } = subject;
  const ordinary = inputSources(kernel)[0]!;
  const name = caseName(shape);
  const made = await makeTrial(kernel, variant, shape, ordinary, `${seed} timed ${name}`, host);
  const isLarge = kernel.work(shape).bytes > SMALL_BYTES;
  const trial = sampling.turn && !isLarge ? await onFastest(made) : made;
  const { prepared } = trial;
  try {
    const device = 'device' in host.gpu ? host.gpu.device : undefined;
    const sampled = await sample(prepared, { ...sampling, isLarge }, device);
    const { samplesNs, batch, warmUp, clock, turns } = sampled;
    const checks: LateCheck[] = [];
    const judgeNow = async (stage: Stage) => {
      checks.push({ ...(await judge(trial)), case: name, stage });
    };
    await judgeNow('after the samples');
    // Once more, so that what a run does not write can be seen.
    prepared.poison?.(Number.NaN);
    const again = sampled.once();
    if (again) await again;
    await judgeNow('overwritten output');
    if (!checks.every((c) => c.ok)) return { checks };
    const interval = sequentialInterval(samplesNs);
    const time = {
      medianNs: interval.median,
      ciLowNs: interval.low,
      ciHighNs: interval.high,
      minNs: Math.min(...samplesNs),
      p99Ns: quantile(sorted(samplesNs), 0.99),
      samplesNs: [...samplesNs],
      batch,
      processes: 1,
      processMediansNs: [interval.median],
      engine: sampling.engine,
      ...(turns ? { turns: [...turns] } : {}),
      ...(clock === undefined ? {} : { clock }),
      steady: isSteady(samplesNs, STEADY_WITHIN),
      warmUp,
      outliers: findOutliers(samplesNs),
      ...modesOf(samplesNs),
    };
    const cheat = thorough ? await catchCheat(subject, shape, prepared, interval.median) : undefined;
    if (cheat !== undefined && !variant.lenient)
      return { checks, caught: { status: 'wrong', reason: cheat } };
    // Of a pair only the calls are compared, and its processes are many: a second in each would be half of the budget.
    const tokens = await tokensOf(prepared, kernel.work(shape), thorough || !sampling.turn);
    const used = await memory?.(() => prepareForMemory(subject, shape), interval.median);
    const kept = memory ? findLeak(prepared, interval.median) : undefined;
    const leak =
      kept && `leaks memory: ${Math.round(kept)} bytes a call are still there after garbage collection`;
    if (leak && !variant.lenient) return { checks, caught: { status: 'failed', reason: leak } };
    // The warmed code on an input that it has not seen.
    checks.push({ ...(await check(subject, shape, ORDINARY, 'warm')), stage: 'warm, on a new input' });
    if (!checks.every((c) => c.ok)) return { checks };
    const own = prepared.note?.();
    const notes = [own, sampled.note, ...(await denormalNotes(trial)), cheat, leak || undefined].filter(
      (note) => note !== undefined,
    );
    const bitsPerByte = prepared.bitsPerByte?.();
    return {
      ...{ checks, time },
      ...(notes.length > 0 ? { notes } : {}),
      ...(tokens ? { tokens } : {}),
      ...(used ? { memory: used } : {}),
      ...(bitsPerByte === undefined ? {} : { bitsPerByte }),
    };
  } finally {
    prepared.dispose();
  }
}

/** One in some ten or hundred is slow: all of as many hardly ever. */
const INSTANCES = 3;
/** As many bytes fit into a cache beside each other, and are made in a moment. */
const SMALL_BYTES = 2 ** 20;

/**
 * The same trial on the fastest of several instances. Now and then one takes half as long again for its whole life, and others beside it in
 * the same process do not: where its memory lies, which is no difference of the code that a gate compares. Not of JavaScript, whose memory
 * the engine moves.
 */
async function onFastest(trial: Trial): Promise<Trial> {
  const { variant, shape, host, guard, prepared } = trial;
  if (variant.backend !== 'wasm' || prepared.sync) return trial;
  const made = [prepared];
  let best = prepared;
  try {
    while (made.length < INSTANCES) made.push(await variant.prepare(guard.input, shape, host));
    best = fastestOf(made);
  } finally {
    for (const each of made) if (each !== best) each.dispose();
  }
  return { ...trial, prepared: best };
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
  const { kernel, variant, host, seed } = subject;
  let made = 0;
  const inputs = {
    fresh: async () => kernel.inputs(shape, rng(`${seed} fresh ${made++} ${caseName(shape)}`), host),
    prepare: async (input: unknown) => variant.prepare(input, shape, host),
  };
  const make = async () => inputs.prepare(await inputs.fresh());
  const { bytes } = kernel.work(shape);
  const slower = slowdown(await freshRounds(prepared, make, callNs, bytes), bytes);
  if (slower !== undefined) {
    const how = await howRemembered(inputs);
    return `${how}: a call takes ${slower.toFixed(1)} times as long on an input that it has not seen`;
  }
  const later = await findLateness(prepared, callNs);
  return later === undefined
    ? undefined
    : `computes in read: the first reading after a run takes ${later.toFixed(1)} times as long as the next`;
}

function modesOf(samplesNs: readonly number[]): Pick<TimeSummary, 'bimodal' | 'modesNs'> {
  const modes = findModes(samplesNs);
  return modes ? { bimodal: true, modesNs: [modes.low, modes.high] } : { bimodal: false };
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
    tolerance: toMeasure(worst.tolerance.bound),
    why: worst.tolerance.why,
    approximation: variant.approximation ?? false,
    ...(variant.exhibit ? { exhibit: true } : {}),
    coldValue: toMeasure(cold.value),
    where: describe(worst),
    checks: all.length,
  };
}

/** `M=5,N=7,K=3, denormals: row 2: got 1, expected 2`. */
export function describe(check: Check): string {
  return `${check.case}${check.input === ORDINARY ? '' : `, ${check.input}`}: ${check.where}`;
}
