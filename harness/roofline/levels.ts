/** Which memory a working set lies in. */
import type { Point } from './peaks.ts';

/** Bytes of each data cache, by its name: `{ L1: 49152, L2: 1048576, L3: 33554432 }`. */
export type Caches = Readonly<Record<string, number>>;

export interface Level {
  /** `L1`, `L2`, `L3` or `memory`. */
  readonly name: string;
  /** Largest working set that it holds. */
  readonly bytes: number;
}

/** A level that reads this much slower than the fastest set of the one before it is another one. */
const DROP = 0.7;

/**
 * The levels, ascending; the last is memory and holds everything.
 * @param caches as the system names them; where it does not, levels are told apart by the drops of `read`, and a cache that
 *   reads as fast as the one inside it is not seen
 * @param threads a working set is dealt out over them: L1 and L2 count once for each, L3 is shared
 */
export function levelsOf(
  caches: Caches | undefined,
  read: readonly Point[],
  threads: number,
): readonly Level[] {
  const memory = { name: 'memory', bytes: Number.POSITIVE_INFINITY };
  if (caches && Object.keys(caches).length > 0) {
    const named = Object.entries(caches).map(([name, bytes]) => ({
      name,
      bytes: name === 'L1' || name === 'L2' ? bytes * threads : bytes,
    }));
    return [...named.sort((a, b) => a.bytes - b.bytes), memory];
  }
  const levels: Level[] = [];
  let top = read[0]?.gbps ?? 0;
  for (const [i, { gbps }] of read.entries()) {
    if (gbps >= DROP * top) {
      top = Math.max(top, gbps);
    } else {
      levels.push({ name: `L${levels.length + 1}`, bytes: read[i - 1]!.bytes });
      top = gbps;
    }
  }
  return [...levels, memory];
}

export function levelOf(levels: readonly Level[], bytes: number): string {
  return levels.find((level) => bytes <= level.bytes)!.name;
}
