/** Is the work done in `read` instead of `run`? Then the first reading after a run pays for it, and the next does not. */
import type { Prepared } from '../../kernels/kernel.ts';
import { clockStepMs, now } from '../clock.ts';

/** Nanoseconds of two readings of the output of one run; where the clock is coarse, as far apart as they surely were. */
export interface Readings {
  readonly first: number;
  readonly second: number;
}

/** An output that other cores wrote is slower to read the first time, by up to about four times. */
const FACTOR = 6;
const LEAST_NS = 15_000;
/** Reading often copies, to pages that are new: a fault for each 4 KiB, and a collection now and then. */
const NS_A_BYTE = 1;
/** A reading of a GPU crosses to another process, whose turn comes milliseconds later on a busy machine. */
const LEAST_ASYNC_NS = 10e6;
const ROUNDS = 5;
/** Of calls that take long, fewer: they are less disturbed. */
const MOST_NS = 50e6;

/**
 * How many times as long as the second reading the first one takes, where that is more than caches explain and more
 * than two of the runs that were timed; else undefined. The least of each counts: what disturbs a reading makes it longer.
 */
export function lateness(
  readings: readonly Readings[],
  callNs: number,
  leastNs: number = LEAST_NS,
): number | undefined {
  const first = Math.min(...readings.map((each) => each.first));
  const second = Math.min(...readings.map((each) => each.second));
  return first > FACTOR * second && first - second > Math.max(leastNs, 2 * callNs)
    ? first / second
    : undefined;
}

/** A busy machine may hold up the first reading of every round: an accusation is looked at again, this often in all. */
const LOOKS = 3;

/** By how much the first reading is late ({@link lateness}), where all readings of several looks say that it is. */
export async function findLateness(prepared: Prepared, callNs: number): Promise<number | undefined> {
  const { byteLength } = await prepared.read();
  const least = prepared.sync ? LEAST_ASYNC_NS : Math.max(LEAST_NS, NS_A_BYTE * byteLength);
  const readings: Readings[] = [];
  let later: number | undefined;
  for (let look = 0; look < LOOKS; look++) {
    readings.push(...(await readTwice(prepared, callNs)));
    later = lateness(readings, callNs, least);
    if (later === undefined) return undefined;
  }
  return later;
}

export async function readTwice(prepared: Prepared, callNs: number): Promise<Readings[]> {
  const time = async () => {
    const start = now();
    await prepared.read();
    return (now() - start) * 1e6;
  };
  const stepNs = clockStepMs() * 1e6;
  const readings: Readings[] = [];
  const rounds = Math.max(2, Math.min(ROUNDS, Math.floor(MOST_NS / callNs)));
  while (readings.length < rounds) {
    prepared.run();
    if (prepared.sync) await prepared.sync();
    const [first, second] = [await time(), await time()];
    // Each is right to a step of the clock, which may be longer than a reading.
    readings.push({ first: Math.max(0, first - stepNs), second: second + stepNs });
    // What comes with every second allocation must not come with every first reading.
    if (readings.length % 2) await prepared.read();
  }
  return readings;
}
