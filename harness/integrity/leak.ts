/**
 * Does memory that a call allocates survive garbage collection? A leak is no wrong result, but the cell fails: its time is
 * that of a heap that grows with every sample, and whoever runs the kernel for long runs out of memory.
 */
import type { Prepared } from '../../kernels/kernel.ts';

/** Four windows that each grow by this much: what settles (feedback, code, lazy tables) does so within fewer. */
const WINDOWS = 4;
const LEAST_BYTES = 2 << 10;
/** Whatever is kept needs at least a slot to keep it in; less a call is what the engine itself collects on the side. */
const LEAST_A_CALL = 8;
/** Long enough that 16 bytes a call are seen in calls of 100 µs; heaps of Bun and Deno move by 20 kB of their own. */
const WINDOW_NS = 'Bun' in globalThis || 'Deno' in globalThis ? 60e6 : 20e6;
const MOST_CALLS = 4000;
/** A large leak needs few calls, and many would exhaust the machine. */
const MOST_BYTES = 16 << 20;
/**
 * What windows of one length show is asked once more of a window so many times as long: what the engine still settles on a busy
 * machine, or a slow drift, does not grow with the calls.
 */
const LONGER = 4;

/** Bytes a call that stay: the least of the windows' growth, or undefined where one of them did not grow. */
export function leaked(growth: readonly number[], calls: number): number | undefined {
  const least = Math.min(...growth);
  return growth.length > 0 && least >= Math.max(LEAST_BYTES, LEAST_A_CALL * calls)
    ? least / calls
    : undefined;
}

/** @returns bytes a call, or undefined: none, or a runtime or device that cannot tell */
export function findLeak(prepared: Prepared, callNs: number): number | undefined {
  const gc = globalThis.gc;
  // A GPU's binding keeps 12 kB a dispatch in Node 22, and up to 18 kB in Node 20: that is not the kernel's doing.
  if (!gc || prepared.sync || typeof process === 'undefined') return undefined;
  const kept = () => {
    // Buffers that the first collection found dead are freed in the background; the second one waits for that.
    gc();
    gc();
    const { heapUsed, external } = process.memoryUsage();
    // JSC counts buffers as part of its heap.
    return 'Bun' in globalThis ? heapUsed : heapUsed + external;
  };
  const grow = (calls: number) => {
    const before = kept();
    for (let i = 0; i < calls; i++) prepared.run();
    return kept() - before;
  };
  // What one call keeps bounds how many are made.
  const one = Math.max(1, grow(1));
  const calls = Math.max(
    1,
    Math.min(MOST_CALLS, Math.floor(WINDOW_NS / callNs), Math.floor(MOST_BYTES / one)),
  );
  const growth: number[] = [];
  while (growth.length < WINDOWS && (growth.at(-1) ?? LEAST_BYTES) >= LEAST_BYTES) growth.push(grow(calls));
  if (growth.length < WINDOWS || leaked(growth, calls) === undefined) return undefined;
  return leaked([...growth.map((bytes) => LONGER * bytes), grow(LONGER * calls)], LONGER * calls);
}
