/**
 * Bytes allocated a call in Node, apart from the timing: on a heap whose young generation is too large to be collected
 * within a trial, the growth of the heap over many calls, less the growth over as many calls of nothing.
 */
import { GCProfiler } from 'node:v8';
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { median } from '../stats/median.ts';

/** For processes that measure: `gc()`, and a young generation (MiB) that one trial does not fill. */
export const MEMORY_FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
/** A trial that might allocate more than this is made shorter. */
const TRIAL_BYTES = 32 << 20;
const TRIALS = 5;
const METHOD =
  'heap growth over n calls without a collection, less that of n empty calls, median of 5 trials';

/**
 * @param callNs time of one call, from which the number of calls in a trial follows (at most 2000, about 20 ms)
 * @param async whether `run` leaves work behind: it is waited for after each trial, outside the count
 */
export async function measureMemory(prepared: Prepared, callNs: number): Promise<MemorySummary> {
  let calls = Math.max(1, Math.min(2000, Math.floor(2e7 / callNs)));
  const settle = async () => {
    await prepared.sync?.();
    globalThis.gc!();
  };
  const empty = { run: () => {} };
  await settle();
  const first = trial(prepared.run, 1);
  const perCall = Math.max(first.heap + first.external, 1);
  calls = Math.max(1, Math.min(calls, Math.floor(TRIAL_BYTES / perCall)));
  const heap: number[] = [];
  const external: number[] = [];
  for (let i = 0; i < TRIALS * 2 && heap.length < TRIALS; i++) {
    await settle();
    const full = trial(prepared.run, calls);
    await settle();
    const none = trial(empty.run, calls);
    if (full.collections > 0 || none.collections > 0) {
      calls = Math.max(1, calls >> 1);
      continue;
    }
    heap.push((full.heap - none.heap) / calls);
    external.push((full.external - none.external) / calls);
  }
  await prepared.sync?.();
  if (heap.length === 0) return { method: `${METHOD}; every trial was interrupted by a collection` };
  return { heapBytesPerOp: clean(median(heap)), externalBytesPerOp: clean(median(external)), method: METHOD };
}

/** Whole bytes where it is one up to the few bytes that the reading itself costs. */
function clean(bytes: number): number {
  return Math.abs(bytes - Math.round(bytes)) < 0.05 ? Math.round(bytes) + 0 : bytes;
}

function trial(run: () => void, calls: number) {
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage();
  for (let i = 0; i < calls; i++) run();
  const after = process.memoryUsage();
  const collections = profiler.stop()?.statistics.length ?? 0;
  return { heap: after.heapUsed - before.heapUsed, external: after.external - before.external, collections };
}
