/**
 * Collections from what V8 prints under `--trace-gc`, for an engine that tells a program nothing of them (Deno). A line a
 * collection: `[pid:isolate]  76 ms: Scavenge 3.2 (5.2) -> 2.2 (5.2) MB, pooled: 0.0 MB, 0.02 / 0.00 ms (…) allocation failure;`.
 * Source: V8, src/heap/gc-tracer.cc.
 */
import type { Collections } from './collections.ts';

/** `gc()` has to be there: the collections that it makes say where the count starts and ends. */
export const TRACE_FLAGS: readonly string[] = ['--expose-gc', '--trace-gc'];

const COLLECTION =
  /ms: (Scavenge|Minor Mark-Sweep|Mark-Compact)[^>]*->[^\n]*?([\d.]+) \/ [\d.]+ ms [^;\n]*?(testing)?;/g;

/**
 * Collections of 1000 calls, between the last two that were asked for.
 * @returns undefined where there are no two
 */
export function readGcTrace(
  text: string,
  calls: number,
): Pick<Collections, 'gcMinor' | 'gcMajor' | 'gcMs'> | undefined {
  const all = [...text.matchAll(COLLECTION)].map(([, kind, ms, asked]) => ({
    minor: kind !== 'Mark-Compact',
    ms: Number(ms),
    asked: asked !== undefined,
  }));
  const end = all.findLastIndex(({ asked }) => asked);
  const start = all.slice(0, Math.max(0, end)).findLastIndex(({ asked }) => asked);
  if (start < 0) return undefined;
  const within = all.slice(start + 1, end);
  const perThousand = 1000 / calls;
  return {
    gcMinor: within.filter(({ minor }) => minor).length * perThousand,
    gcMajor: within.filter(({ minor }) => !minor).length * perThousand,
    gcMs: within.reduce((sum, { ms }) => sum + ms, 0) * perThousand,
  };
}
