/** Profilers around a piece of work, in the process that does it. */
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import type { Capture } from './protocol.ts';
import { Scopes, useScopes } from './scopes.ts';

/** Between two samples of the CPU profiler, µs: V8's own choice is 1000; shorter ones mostly sample the sampler. */
const CPU_INTERVAL_US = 500;
/** Mean bytes between two samples of the allocation profiler; V8's own choice is 32 KiB. */
const ALLOC_INTERVAL = 4096;

/** A collection: start in ms from the window's start. */
export interface GcEvent {
  readonly atMs: number;
  readonly ms: number;
  readonly kind: 'minor' | 'major' | 'incremental' | 'weak callbacks';
}

/**
 * Does `work` under a profiler.
 * @returns its result, and what was captured: the profile of the inspector's protocol, {@link GcEvent}s, or nothing
 */
export async function capture<T>(
  what: Capture,
  work: () => Promise<T>,
): Promise<{ result: T; captured: unknown }> {
  switch (what) {
    case 'none':
    case 'tree': // not a window of calls: call-tree.ts
      return { result: await work(), captured: undefined };
    case 'cpu':
      return withSession(async (session) => {
        await session.post('Profiler.enable');
        await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
        await session.post('Profiler.start');
        const result = await work();
        return { result, captured: (await session.post('Profiler.stop')).profile };
      });
    case 'alloc':
      return withSession(async (session) => {
        await session.post('HeapProfiler.startSampling', {
          samplingInterval: ALLOC_INTERVAL,
          // Without these only what is still alive at the end is in the profile: nothing, for a kernel that leaks nothing.
          includeObjectsCollectedByMajorGC: true,
          includeObjectsCollectedByMinorGC: true,
        });
        const result = await work();
        return { result, captured: (await session.post('HeapProfiler.stopSampling')).profile };
      });
    case 'gc':
      return collections(work);
    case 'scopes':
      return withScopes(work);
  }
}

/** Twice: times first, then bytes, whose reading would spoil the times. */
async function withScopes<T>(work: () => Promise<T>): Promise<{ result: T; captured: unknown }> {
  const pass = async (to: Scopes) => {
    useScopes(to);
    try {
      return await work();
    } finally {
      useScopes(undefined);
    }
  };
  const times = new Scopes();
  const result = await pass(times);
  const bytes = new Scopes({ heap: () => process.memoryUsage().heapUsed });
  await pass(bytes);
  const perScope = new Map(bytes.table().rows.map((row) => [row.scope, row.bytes]));
  const table = times.table();
  const rows = table.rows.map((row) => ({ ...row, bytes: perScope.get(row.scope) }));
  return { result, captured: { ...table, rows } };
}

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    return await use(session);
  } finally {
    session.disconnect();
  }
}

/** `perf_hooks` kinds: bits of V8's GCType. */
const KINDS: Readonly<Record<number, GcEvent['kind']>> = {
  1: 'minor',
  2: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weak callbacks',
};

async function collections<T>(work: () => Promise<T>): Promise<{ result: T; captured: GcEvent[] }> {
  const entries: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => {
    entries.push(...list.getEntries());
  });
  observer.observe({ entryTypes: ['gc'] });
  const start = performance.now();
  const result = await work();
  const end = performance.now();
  // Entries arrive in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  entries.push(...observer.takeRecords());
  observer.disconnect();
  const captured = entries
    .filter((entry) => entry.startTime >= start && entry.startTime <= end)
    .map((entry) => ({
      atMs: entry.startTime - start,
      ms: entry.duration,
      kind: KINDS[(entry as unknown as { detail: { kind: number } }).detail.kind] ?? 'minor',
    }));
  return { result, captured };
}
