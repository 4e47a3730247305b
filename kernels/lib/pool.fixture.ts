/** A task for the pool's tests: workers import it, so it stands apart from the test file. */
import type { MakeTask } from '../kernel.ts';
import { firstOf } from './pool.ts';

export const MARK_MODULE = import.meta.url;

export interface Mark {
  seen: Int32Array<SharedArrayBuffer>;
  /** The thread that throws. */
  failOn?: number;
}

/** Counts, for each item, how often it was worked on. */
export const markTask: MakeTask<Mark> =
  ({ seen, failOn }) =>
  (thread, threads) => {
    if (thread === failOn) throw new Error(`thread ${thread} fails`);
    const from = firstOf(seen.length, thread, threads);
    const to = firstOf(seen.length, thread + 1, threads);
    for (let i = from; i < to; i++) Atomics.add(seen, i, 1);
  };
