/**
 * Collections and the most memory held, counted in a process that is started for one cell and has the heap that users
 * have: no flag is set, while the process that times has a young generation so large that it hides collections.
 */
import { GCProfiler, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { above, collectAll, held, IN_BUN, IN_DENO } from './heap.ts';

/** Calls before the count starts: the first ones run code that allocates more. */
const WARMUP_MS = 100;
/** The count, when a call is not slower. */
const COUNT_MS = 250;
/** At least, however slow. */
const COUNT_CALLS = 10;
/** Between two looks at the clock, and at what is held: looking allocates. */
const BATCH_MS = 5;
const LOOK_MS = 20;

/**
 * Collections and milliseconds in them for 1000 calls; the most bytes held above what the process held before, and above what it held when
 * the first call was made.
 */
export type Collections = Required<
  Pick<MemorySummary, 'gcMinor' | 'gcMajor' | 'gcMs' | 'peakBytes' | 'addedBytes'>
> & {
  calls: number;
};

/** @param make prepares the cell; what it holds counts as held */
export async function countCollections(make: () => Promise<Prepared>, callNs: number): Promise<Collections> {
  // Started without flags: the heap is to be that of users.
  if (!globalThis.gc) {
    setFlagsFromString('--expose-gc');
    globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  }
  collectAll();
  const floor = held();
  const prepared = await make();
  collectAll();
  const ready = above(floor, held());
  let peak = 0;
  const batch = Math.max(1, Math.floor((BATCH_MS * 1e6) / callNs));
  const callFor = async (ms: number, atLeast: number) => {
    const start = performance.now();
    let calls = 0;
    let looked = start;
    let now = start;
    do {
      for (let i = 0; i < batch; i++) prepared.run();
      calls += batch;
      now = performance.now();
      if (now - looked >= LOOK_MS) {
        peak = Math.max(peak, above(floor, held()));
        looked = now;
      }
      await prepared.sync?.();
    } while (now - start < ms || calls < atLeast);
    peak = Math.max(peak, above(floor, held()));
    return calls;
  };
  await callFor(WARMUP_MS, 1);
  const profiler = new GCProfiler();
  profiler.start();
  // In Deno two collections that are asked for mark the count in V8's trace.
  if (IN_DENO) globalThis.gc();
  const calls = await callFor(COUNT_MS, COUNT_CALLS);
  if (IN_DENO) globalThis.gc();
  const events = profiler.stop()?.statistics ?? [];
  prepared.dispose();
  let minor = 0;
  let major = 0;
  let microseconds = 0;
  for (const { gcType, cost, beforeGC } of events) {
    if (gcType === 'MarkSweepCompact') major++;
    else if (MINOR.includes(gcType)) minor++;
    microseconds += cost;
    const { usedHeapSize, externalMemory } = beforeGC.heapStatistics;
    const heap = IN_BUN ? usedHeapSize - externalMemory : usedHeapSize;
    peak = Math.max(peak, heap - floor.heap + (externalMemory - floor.outside.external));
  }
  const perThousand = 1000 / calls;
  return {
    gcMinor: minor * perThousand,
    gcMajor: major * perThousand,
    gcMs: (microseconds / 1000) * perThousand,
    peakBytes: peak,
    addedBytes: peak - ready,
    calls,
  };
}

/** V8's names for a collection of the young generation; incremental steps of a major one cost time and are not counted. */
const MINOR: readonly string[] = ['Scavenge', 'MinorMarkCompact', 'MinorMarkSweep'];
