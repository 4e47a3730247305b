/**
 * Is one function faster than another, in this very process? Pairs of short blocks, one behind the other in random order, and the
 * evidence of harness/stats/anytime.ts, which may be looked at after every pair.
 *
 * **Bias:** all pairs share one process: its memory layout, its compiled code, and what the engine has learned about the functions
 * from being called in turns. What that may amount to is {@link BETWEEN_PROCESSES}, measured; every interval is widened by it, so
 * that no difference below 10 % is named. Calls go through one place that knows both functions: it adds the same to both, so
 * functions of a few nanoseconds look more alike than they are. What returns nothing that depends on its work may be
 * optimised away.
 */

import { clockStepMs, now } from '../harness/clock.ts';
import { anytimeInterval } from '../harness/stats/anytime.ts';
import { BETWEEN_PROCESSES } from '../harness/stats/difference.ts';
import { median } from '../harness/stats/median.ts';
import { type Rng, rng } from '../kernels/lib/rng.ts';

export interface PairedOptions {
  /** How many times as fast it must be; default 1: faster at all. */
  readonly times?: number;
  /** Milliseconds of measuring, warm-up included; it ends earlier where the answer stands. Default: 1000. */
  readonly timeMs?: number;
}

/** What a test puts in place of the engine's. */
export interface Surroundings {
  /** Milliseconds. */
  now(): number;
  readonly clockStepMs: number;
  readonly random: Rng;
}

/** `same`: by as much as one process can show, the two differ by nothing but what was asked for. */
export type PairedVerdict = 'faster' | 'slower' | 'same' | 'unclear';

export interface PairedOutcome {
  readonly verdict: PairedVerdict;
  /** Median nanoseconds a call. */
  readonly fastNs: number;
  readonly slowNs: number;
  /** Time of `slow` ÷ time of `fast`, with the 99 % interval that is widened as said above. */
  readonly speedup: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** Chance that a difference is named where there is none, whenever measuring stops. */
const ALPHA = 0.01;
/** With fewer, the interval is endless or nearly so. */
const LEAST_PAIRS = 10;
/** Slow functions take longer than was asked for, but not for ever: a test runner waits five seconds. */
const MOST_TIMES = 4;
const WARM_UP_SHARE = 0.25;
/** Batches of one function in a block; their median stands for it. */
const BATCHES = 3;
/** A batch lasts as long as makes the clock's steps and its reading 1 % of it. */
const BATCH_MS = 0.5;
const CLOCK_STEPS = 100;

type Side = 'fast' | 'slow';
type Call = () => unknown;

/** Where results go, so that the engine cannot leave out the work. */
export let sink: unknown;

function callSync(call: Call, count: number): void {
  for (let i = 0; i < count; i++) sink = call();
}

async function callAsync(call: Call, count: number): Promise<void> {
  for (let i = 0; i < count; i++) sink = await call();
}

function isThenable(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

/**
 * Measures until the answer stands or the time is spent.
 * @param fast sync or async; called many times. What it throws is thrown
 */
export async function comparePaired(
  fast: Call,
  slow: Call,
  { times = 1, timeMs = 1000 }: PairedOptions = {},
  surroundings: Surroundings = { now, clockStepMs: clockStepMs(), random: rng(`pairs ${Math.random()}`) },
): Promise<PairedOutcome> {
  const { random } = surroundings;
  const started = surroundings.now();
  const spent = () => surroundings.now() - started;
  const batchMs = Math.max(BATCH_MS, CLOCK_STEPS * surroundings.clockStepMs);
  const functions = { fast: await timer(fast, surroundings), slow: await timer(slow, surroundings) };
  do {
    for (const side of ['fast', 'slow'] as const) await functions[side].warmUp(batchMs);
  } while (spent() < WARM_UP_SHARE * timeMs);

  const ns: Record<Side, number[]> = { fast: [], slow: [] };
  for (;;) {
    const order: Side[] = random.uniform() < 0.5 ? ['fast', 'slow'] : ['slow', 'fast'];
    for (const side of order) ns[side].push(await functions[side].block());
    const outcome = judgePairs(ns.fast, ns.slow, times);
    const enough = outcome.pairs >= LEAST_PAIRS;
    if (enough && (outcome.verdict !== 'unclear' || spent() >= timeMs)) return outcome;
    if (spent() >= MOST_TIMES * timeMs) return outcome;
  }
}

async function timer(call: Call, { now }: Surroundings) {
  // Looked at once: a function that is async at one call is so at all.
  const first = call();
  const isAsync = isThenable(first);
  await first;
  let batch = 1;
  const time = async (): Promise<number> => {
    const start = now();
    if (isAsync) await callAsync(call, batch);
    else callSync(call, batch);
    return now() - start;
  };
  return {
    /** Calls, and more of them the next time where they were too short. */
    async warmUp(batchMs: number): Promise<void> {
      const ms = await time();
      if (ms < batchMs) batch = Math.ceil(batch * Math.min(10, (1.2 * batchMs) / Math.max(ms, batchMs / 10)));
    },
    /** Nanoseconds a call. */
    async block(): Promise<number> {
      const each: number[] = [];
      for (let i = 0; i < BATCHES; i++) each.push(((await time()) * 1e6) / batch);
      // A clock that stood still shows no time: less than a step of it.
      return Math.max(median(each), Number.MIN_VALUE);
    },
  };
}

/**
 * @param fast nanoseconds a call, one for each pair
 * @param slow of the same pairs
 */
export function judgePairs(fast: readonly number[], slow: readonly number[], times: number): PairedOutcome {
  const logRatios = fast.map((ns, i) => Math.log(slow[i]! / ns));
  const { mean, low, high } = anytimeInterval(logRatios, ALPHA);
  const outcome = {
    fastNs: median(fast),
    slowNs: median(slow),
    speedup: Math.exp(mean),
    low: Math.exp(low) / BETWEEN_PROCESSES,
    high: Math.exp(high) * BETWEEN_PROCESSES,
    pairs: fast.length,
  };
  return { verdict: verdictOf(outcome, times), ...outcome };
}

function verdictOf({ low, high }: Pick<PairedOutcome, 'low' | 'high'>, times: number): PairedVerdict {
  if (low > times) return 'faster';
  if (high < times) return 'slower';
  // The interval itself lies within what it is widened by.
  const margin = BETWEEN_PROCESSES ** 2;
  return low >= times / margin && high <= times * margin ? 'same' : 'unclear';
}

/** The outcome in words, for a person who sees a test fail. */
export function outcomeText(outcome: PairedOutcome, { times = 1, timeMs = 1000 }: PairedOptions): string {
  const { verdict, fastNs, slowNs, speedup, low, high, pairs } = outcome;
  const asked = times === 1 ? 'faster' : `${times} times as fast`;
  const said = {
    faster: `it is ${asked}`,
    slower: times === 1 ? 'it is slower' : `it is not ${asked}`,
    same: times === 1 ? 'the two take the same time' : `it is just about ${asked}`,
    unclear: 'inconclusive',
  }[verdict];
  const lines = [
    `${said}: ${number(speedup)} times as fast, between ${number(low)} and ${number(high)} (99 % interval, ${pairs} pairs, widened by ${Math.round((BETWEEN_PROCESSES - 1) * 100)} % for what one process cannot show)`,
    `  the first:  ${duration(fastNs)} a call`,
    `  the second: ${duration(slowNs)} a call`,
  ];
  if (verdict === 'unclear')
    lines.push(
      `  the times vary too much: give it more time, { timeMs: ${4 * timeMs} }, or a quieter machine`,
    );
  if (verdict === 'same')
    lines.push(
      '  differences of less than 10 % show between fresh processes only: zoo compare measures in those',
    );
  return lines.join('\n');
}

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '∞';
}

function duration(ns: number): string {
  const [scale, unit] = ns < 1e3 ? [1, 'ns'] : ns < 1e6 ? [1e3, 'µs'] : ns < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
  return `${number(ns / scale)} ${unit}`;
}
