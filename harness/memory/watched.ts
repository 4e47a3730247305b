/** Calls whose allocations a sampling heap profile is read for, and the reading; the same in a process and in a page. */

/** As the DevTools protocol gives it. */
export interface ProfileNode {
  readonly callFrame: { readonly functionName: string };
  /** Bytes. */
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

/** What V8's sampler is told: every allocation is a sample, also of what has been collected since. */
export const EVERY_ALLOCATION = {
  samplingInterval: 1,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

/** By this name the profile knows what the calls did. */
export function callsWatched(run: () => unknown, calls: number): void {
  for (let i = 0; i < calls; i++) run();
}

/** A call site that has seen many functions inlines none of them. */
export function keepApart(): void {
  for (const other of [() => 1, () => 2, () => 3, () => 4, () => 5]) callsWatched(other, 1);
}

/** Bytes allocated below the function of this name. */
export function bytesBelow(node: ProfileNode, name: string, inside = false): number {
  const isInside = inside || node.callFrame.functionName === name;
  let bytes = isInside ? node.selfSize : 0;
  for (const child of node.children) bytes += bytesBelow(child, name, isInside);
  return bytes;
}
