/**
 * Does a call cost more on an input that it has not seen? The timed calls repeat one input, so that a variant that
 * remembers outputs (by the identity or the content of the input, or by "nothing has changed since") would be timed at
 * looking them up.
 */
import type { Prepared } from '../../kernels/kernel.ts';
import { clockStepMs, now } from '../clock.ts';

/** What one round measured, in nanoseconds a call; where the clock is coarse, as far as it could speak for the variant. */
export interface Round {
  /** The first call of each of several instances, on inputs that were never seen. */
  readonly fresh: number;
  /** The second call of each; where that speaks against the variant, once more with caches as cold as the first found them. */
  readonly again: number;
  /** Many calls of one of them. */
  readonly repeated: number;
}

/** A first call, on memory that was just written, has cost honest variants up to 5.4 times the second on a busy machine. */
const FACTOR = 10;
/**
 * Nor is anybody accused of five microseconds. A worker that has to wake or a closure that is new costs one to two on a machine
 * that is busy otherwise, and cost more than two in four rounds of five once: `qmatvec/simd` at N=1,K=32, whose call takes 35 ns.
 */
const LEAST_NS = 5000;
/**
 * Branch predictors remember too: a branch on the data of a short input is predicted when the input repeats. `gelu/pade`
 * at N=3072 is 6 times faster on an input that it has seen. That is a branch an element.
 */
const MISPREDICTED_NS = 5;
/** The second round that does not speak against a variant clears it: a noisy machine may spoil one. */
const ROUNDS = 5;
const CLEARING = 2;
/** Instances in a round hold 65,536 float32 in and out: more branches than a predictor keeps, within a second-level cache. */
const MOST_BYTES = 512 << 10;
const MOST_INSTANCES = 64;
const MOST_NS = 20e6;
/** The known instance is run before each pass where that is cheap: it wakes workers. */
const WAKE_NS = 1e6;

/** How many times as long a call takes where it is fresh, if that is more than the processor's caches explain; else 0. */
function ratio(round: Round, bytes: number): number {
  const least = Math.max(LEAST_NS, (MISPREDICTED_NS * bytes) / 8);
  return Math.max(over(round, round.again, LEAST_NS), over(round, round.repeated, least));
}

function over({ fresh }: Round, than: number, least: number): number {
  return fresh > FACTOR * than && fresh - than > least ? fresh / than : 0;
}

/**
 * The least by which an input that was not seen is slower, where the rounds agree that it is; else undefined.
 * @param bytes of input and output of one call
 */
export function slowdown(rounds: readonly Round[], bytes: number): number | undefined {
  const speaking = rounds.map((round) => ratio(round, bytes)).filter((each) => each > 0);
  return speaking.length > ROUNDS - CLEARING ? Math.min(...speaking) : undefined;
}

/**
 * @param known the timed instance: it runs right before each pass, so that all start with warm code and awake workers
 * @param make an instance on an input that was never seen
 * @param callNs what a call was measured to cost
 */
export async function freshRounds(
  known: Prepared,
  make: () => Promise<Prepared>,
  callNs: number,
  bytes: number,
): Promise<Round[]> {
  const most = Math.min(MOST_INSTANCES, Math.floor(MOST_BYTES / bytes), Math.floor(MOST_NS / callNs));
  const instances = Math.max(1, most);
  const wake = callNs < WAKE_NS ? [known, known] : [];
  const rounds: Round[] = [];
  let clearing = 0;
  do {
    const fresh: Prepared[] = [];
    try {
      for (let i = 0; i < instances; i++) {
        const prepared = await make();
        // Memory that nothing was written to yet has no pages: the first call would pay for them.
        prepared.poison?.(Number.NaN);
        fresh.push(prepared);
      }
      const one = fresh.at(-1)!;
      const same = Array.from({ length: instances }, () => one);
      await pass(wake);
      const first = await pass(fresh);
      await pass(wake);
      const second = await pass(fresh);
      await pass([...wake, one]);
      const third = await pass(same);
      const roundOf = (again: number) => inFavour(first, again, third, instances, clockStepMs() * 1e6);
      let round = roundOf(second);
      if (over(round, round.again, LEAST_NS) > 0) {
        // Lookups scattered over a table of 128 KB take 13 times as long where it is not in the caches: make others, which push it
        // out of them as making these did. An output that is remembered is still only copied.
        await makeOthers(make, instances);
        await pass(wake);
        round = roundOf(Math.max(second, await pass(fresh)));
      }
      rounds.push(round);
    } finally {
      // The latest first: the arena takes regions back in that order.
      for (const prepared of fresh.reverse()) prepared.dispose();
    }
    if (ratio(rounds.at(-1)!, bytes) === 0) clearing++;
  } while (rounds.length < ROUNDS && clearing < CLEARING);
  return rounds;
}

async function makeOthers(make: () => Promise<Prepared>, count: number): Promise<void> {
  const others: Prepared[] = [];
  try {
    while (others.length < count) others.push(await make());
  } finally {
    for (const prepared of others.reverse()) prepared.dispose();
  }
}

/** Each reading is right to a step of the clock, which may be longer than a pass: what it leaves open is no evidence. */
export function inFavour(
  first: number,
  second: number,
  third: number,
  instances: number,
  stepNs: number,
): Round {
  return {
    fresh: Math.max(0, first - stepNs) / instances,
    again: (second + stepNs) / instances,
    repeated: (third + stepNs) / instances,
  };
}

/** Nanoseconds that one run of each takes, with one wait at the end where they need one. */
async function pass(all: readonly Prepared[]): Promise<number> {
  const start = now();
  for (const prepared of all) prepared.run();
  const last = all.at(-1);
  if (last?.sync) await last.sync();
  return (now() - start) * 1e6;
}
