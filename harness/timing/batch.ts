/** One batch of calls and its duration: the only place where a kernel runs under the clock. */
import type { Prepared } from '../../kernels/kernel.ts';
import { now } from '../clock.ts';

/** Runs a batch of calls and gives its duration in milliseconds. */
export type Sampler =
  | { async: false; batch(calls: number): number }
  | { async: true; batch(calls: number): Promise<number> };

/** By the wall clock of the engine, with a fence at the end where runs return before their work is done. */
export function samplerOf(prepared: Prepared): Sampler {
  return prepared.sync ? asyncSampler(prepared) : syncSampler(prepared);
}

/** One call, for its output. Returns a promise only where there is something to wait for. */
export function once(prepared: Prepared): void | Promise<void> {
  prepared.run();
  return prepared.sync?.();
}

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

/** One timed batch of a bare function as a function of its own, for the harness's measure of itself. */
export function oneWindow(run: () => void, calls: number): () => void {
  const { time } = makeTimeBatch(run);
  return () => time(calls);
}

/** Milliseconds of a batch, and of an instance's batches together, by which instances are told apart that differ by half. */
const GLANCE_MS = 0.2;
const GLANCES_MS = 2;

/** Which of several instances of the same takes the least time. They are to return with their work done. */
export function fastestOf(instances: readonly Prepared[]): Prepared {
  const looks = instances.map((prepared) => ({
    prepared,
    batch: makeTimeBatch(prepared.run.bind(prepared)),
    calls: 1,
    ns: 0,
  }));
  // Of the first time round nothing is kept: the code was not yet what it becomes.
  for (let round = 0; round < 2; round++) {
    for (const look of looks) {
      look.ns = Number.POSITIVE_INFINITY;
      for (let spent = 0; spent < GLANCES_MS; ) {
        look.batch.time(look.calls);
        const ms = look.batch.ms[0]!;
        spent += ms;
        if (ms < GLANCE_MS) look.calls *= 2;
        else look.ns = Math.min(look.ns, ms / look.calls);
      }
    }
  }
  return looks.reduce((best, look) => (look.ns < best.ns ? look : best)).prepared;
}
