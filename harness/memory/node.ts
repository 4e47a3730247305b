/**
 * Bytes allocated a call in Node, apart from the timing: on a heap whose young generation is too large to be collected
 * within a trial, the growth over 2n calls less the growth over n, ÷ n. The slope leaves out what reading the heap and
 * entering the loop cost.
 */
import { GCProfiler } from 'node:v8';
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { median } from '../stats/median.ts';

/** For processes that measure: `gc()`, and a young generation (MiB) that one trial does not fill. */
export const MEMORY_FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
/** A trial that might allocate more than this is made shorter. */
const TRIAL_BYTES = 32 << 20;
const TRIALS = 7;
const METHOD = 'growth of the heap over 2n calls less that over n, without a collection; median of 7 trials';

/** @param callNs time of one call, from which n follows: at most 1000 calls, about 10 ms */
export async function measureMemory(prepared: Prepared, callNs: number): Promise<MemorySummary> {
  const measure = async (calls: number) => {
    await prepared.sync?.();
    // Twice: buffers that the first collection found dead are freed in the background, the second one waits for that.
    globalThis.gc!();
    globalThis.gc!();
    return trial(prepared.run, calls);
  };
  const first = await measure(1);
  const perCall = Math.max(first.heap + first.external, 1);
  let calls = Math.max(1, Math.min(1000, Math.floor(1e7 / callNs), Math.floor(TRIAL_BYTES / 2 / perCall)));
  const heap: number[] = [];
  const external: number[] = [];
  for (let i = 0; i < TRIALS * 2 && heap.length < TRIALS; i++) {
    const once = await measure(calls);
    const twice = await measure(2 * calls);
    if (once.collections + twice.collections > 0) {
      calls = Math.max(1, calls >> 1);
      continue;
    }
    heap.push((twice.heap - once.heap) / calls);
    external.push((twice.external - once.external) / calls);
  }
  await prepared.sync?.();
  if (heap.length === 0) return { method: `${METHOD}; every trial was interrupted by a collection` };
  return { heapBytesPerOp: clean(median(heap)), externalBytesPerOp: clean(median(external)), method: METHOD };
}

/** Whole bytes where it is one up to what a few bytes of noise over many calls make of it. */
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
