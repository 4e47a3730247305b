/**
 * What the engine of this process tells of its own memory. Node, Bun and Deno have functions of the same names that count
 * different things; tried with Node 20 to 26, Bun 1.4 and Deno 2.9.
 */
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { type External, externalGrowth, readExternal } from './external.ts';

export const IN_BUN = 'Bun' in globalThis;
export const IN_DENO = 'Deno' in globalThis;

/** Bun has it under another name; the checks of this harness ask for `gc`. */
if (IN_BUN) {
  const { gc } = (globalThis as unknown as { Bun: { gc(now: boolean): void } }).Bun;
  globalThis.gc ??= (() => gc(true)) as NonNullable<typeof globalThis.gc>;
}

/** Twice: buffers that the first collection found dead are freed in the background, the second one waits for that. */
export function collectAll(): void {
  globalThis.gc!();
  globalThis.gc!();
}

export interface Held {
  /** On the engine's heap. */
  readonly heap: number;
  readonly outside: External;
}

export function held(): Held {
  const usage = process.memoryUsage();
  // JSC's heapUsed is that of the last collection; this one grows with every block of 16 KiB that is begun since.
  const heap = IN_BUN ? allocated() - usage.external : usage.heapUsed;
  return { heap, outside: readExternal(usage) };
}

/** Deno: all bytes that were ever allocated on the heap. Bun: what lived after the last collection, and all since then. */
function allocated(): number {
  return (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes ?? Number.NaN;
}

/** Bytes held above an earlier reading. */
export function above(floor: Held, now: Held): number {
  return now.heap - floor.heap + externalGrowth(floor.outside, now.outside);
}

export interface Growth {
  readonly heap: number;
  readonly external: number;
  /** Collections among the calls. */
  readonly collections: number;
}

/** Bytes that calls allocate, across the collections that fall among them. */
export function growthOf(run: () => void, calls: number): Growth {
  return IN_DENO ? growthInDeno(run, calls) : growthByProfiler(run, calls);
}

function growthByProfiler(run: () => void, calls: number): Growth {
  const profiler = new GCProfiler();
  profiler.start();
  const before = held();
  for (let i = 0; i < calls; i++) run();
  const after = held();
  const collections = profiler.stop()?.statistics ?? [];
  let heap = after.heap - before.heap;
  let external = externalGrowth(before.outside, after.outside);
  for (const { beforeGC, afterGC } of collections) {
    const freed = beforeGC.heapStatistics.externalMemory - afterGC.heapStatistics.externalMemory;
    external += freed;
    heap += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
    // JSC counts what it holds outside its heap as part of it.
    if (IN_BUN) heap -= freed;
  }
  return { heap, external, collections: collections.length };
}

/** Asking V8 for its count adds half a megabyte to it: what a reading finds missing is more than that, or nothing. */
const SLACK = 4 << 20;

/** Deno's GCProfiler knows of no collection; but V8's count of all bytes that were ever allocated goes on across them. */
function growthInDeno(run: () => void, calls: number): Growth {
  const from = allocated();
  const before = held();
  for (let i = 0; i < calls; i++) run();
  const after = held();
  const ever = allocated() - from;
  const now = after.heap - before.heap;
  const collected = now < ever - SLACK;
  return {
    heap: collected ? ever : now,
    external: externalGrowth(before.outside, after.outside),
    collections: collected ? 1 : 0,
  };
}
