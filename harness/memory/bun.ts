/**
 * Bytes allocated a call in Bun. JSC counts what is allocated on its heap in blocks of 16 KiB, when one is begun, and larger
 * things at once. So the growth over n calls is taken from that over 2n, with n as large as it can be without a collection; what
 * it is not enough for is said to be unknown.
 *
 * **Bias:** a block divided by n, which the method states where it is more than 1 %, and 1 to 2 % that the blocks themselves take.
 * A cell is a multiple of 16 bytes; an ArrayBuffer has 96 bytes more outside the heap than its content; and the content of a typed
 * array that was not made from a buffer lies on the heap.
 */
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { collectAll, type Growth, growthOf } from './heap.ts';
import { type Settled, settle } from './settle.ts';

/** JSC, heap/MarkedBlock.h. */
const BLOCK = 16 << 10;
/** The least that anything on the heap takes. */
const LEAST_BYTES = 16;
/** What a cycle of JSC allocates at most: where one call makes collections, that much may be counted twice. */
const CYCLE = 8 << 20;

/** The compiler makes a few now and then; fewer than one in two calls is none that a call makes. */
const OBJECTS_ON_THE_SIDE = 3;

const MOST_CALLS = 50_000;
/** 2n calls take no longer, where one does not: 16 bytes are seen in calls of up to 25 µs. */
const TRIAL_NS = 5e7;
/** Where a single call allocates more than a block, n calls allocate no more than this: JSC lets a large heap grow far. */
const TRIAL_BYTES = 16 << 20;

/** @param callNs time of one call, from which follows how many make a trial */
export async function measureBytesInBun(prepared: Prepared, callNs: number): Promise<MemorySummary> {
  const run = () => prepared.run();
  const grow = async (calls: number): Promise<Growth> => {
    await prepared.sync?.();
    collectAll();
    return growthOf(run, calls);
  };
  const first: number[] = [];
  // The least: what is begun or compiled once is in few of them.
  for (let i = 0; i < 3; i++) {
    const { heap, external } = await grow(1);
    first.push(Math.max(heap, external));
  }
  const fitting = Math.floor(TRIAL_BYTES / Math.max(1, Math.min(...first) - 2 * BLOCK));
  let calls = Math.max(1, Math.min(MOST_CALLS, Math.floor(TRIAL_NS / 2 / callNs), fitting));
  let { collections } = await grow(2 * calls);
  while (collections > 0 && calls > 1) {
    calls = Math.max(1, Math.floor(calls / (2 * collections)));
    ({ collections } = await grow(2 * calls));
  }
  const slack = collections > 0 ? CYCLE : BLOCK / calls;
  // Few calls: whether anything was made at all is then told by the objects on the heap.
  const isCoarse = slack >= LEAST_BYTES && collections === 0;
  const made = isCoarse ? await objectsMade(prepared, calls) : undefined;
  const outside: number[] = [];
  const heap: Settled =
    made === 0
      ? { value: 0 }
      : await settle(async () => {
          const less = await grow(calls);
          outside.push(less.external / calls);
          return collections > 0 ? less.heap : ((await grow(2 * calls)).heap - less.heap) / calls;
        }, 2 * slack);
  // Those of the trials above first, which cost nothing.
  const external = await settle(async () => outside.pop() ?? (await grow(calls)).external / calls);
  await prepared.sync?.();

  const within = Math.ceil(slack);
  const isLeast = Math.abs(heap.value) <= slack;
  const unknown = isLeast && slack >= LEAST_BYTES && made !== 0;
  let how = `growth of JSC's count over 2n calls less that over n, ÷ n, n = ${calls}`;
  if (unknown) {
    how = `not known: ${made === undefined ? '' : `${made} objects, `}less than ${within}, which is what JSC's count in blocks of 16 KiB can tell of ${calls} calls`;
  } else if (made === 0) how = `no object was made in ${calls} calls`;
  else if (collections > 0) how = `growth of JSC's count, with collections in it, within ${within}`;
  else if (!isLeast && slack > heap.value / 100) how += `, within ${within}`;
  const said = [`heap: ${how}`, "external: growth of JSC's count, or of WASM memories where those grow"];
  const ranges = { heap: unknown ? undefined : heap.range, external: external.range };
  for (const [name, range] of Object.entries(ranges)) {
    if (range)
      said.push(`trials of ${name} bytes disagree, from ${Math.round(range[0])} to ${Math.round(range[1])}`);
  }
  return {
    ...(unknown ? {} : { heapBytesPerOp: isLeast ? 0 : heap.value }),
    externalBytesPerOp: external.value,
    ...(ranges.heap || ranges.external ? { unsettled: true } : {}),
    method: said.join('; '),
  };
}

/**
 * Objects, strings and the like on the heap that a call makes, by JSC's count of all of them. There is no collection
 * among so few calls.
 * @returns undefined where the counts do not agree
 */
async function objectsMade(prepared: Prepared, calls: number): Promise<number | undefined> {
  const { heapStats } = (await import('bun:jsc' as string)) as { heapStats(): HeapStats };
  const count = () => Object.values(heapStats().objectTypeCounts).reduce((sum, objects) => sum + objects, 0);
  const trial = async (n: number) => {
    await prepared.sync?.();
    collectAll();
    const before = count();
    for (let i = 0; i < n; i++) prepared.run();
    return count() - before;
  };
  // Counting makes objects too.
  const side = Math.min(OBJECTS_ON_THE_SIDE, Math.floor((calls - 1) / 2));
  const made = await settle(async () => (await trial(calls)) - (await trial(0)), side);
  if (made.range) return undefined;
  return made.value <= side ? 0 : Number((made.value / calls).toPrecision(2));
}

interface HeapStats {
  readonly objectTypeCounts: Readonly<Record<string, number>>;
}
