/**
 * Bytes allocated a call in Bun. JSC counts what is allocated on its heap in blocks of 16 KiB, when one is begun, and larger
 * things at once; so many calls are counted, across collections, and what they are not enough for is said to be unknown.
 *
 * **Bias:** a share of a block divided by the calls, which the method states where it is more than 1 %. A cell is a multiple of
 * 16 bytes, an ArrayBuffer has 96 bytes more outside the heap than its content, and the content of a typed array that was not
 * made from a buffer lies on the heap.
 */
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { collectAll, type Growth, growthOf } from './heap.ts';
import { settle } from './settle.ts';

/** JSC, heap/MarkedBlock.h. */
const BLOCK = 16 << 10;
/** Two blocks may be begun or left in each reading. */
const SLACK = 2 * BLOCK;
/** The least that anything on the heap takes. */
const LEAST_BYTES = 16;

const MOST_CALLS = 100_000;
/** A trial takes no longer, where a call does not: 0.2 s are 4096 calls of 50 µs, of which 16 bytes each are seen. */
const TRIAL_NS = 2e8;
/** Nor does it allocate more. */
const TRIAL_BYTES = 256 << 20;

/** @param callNs time of one call, from which follows how many make a trial */
export async function measureBytesInBun(prepared: Prepared, callNs: number): Promise<MemorySummary> {
  const run = () => prepared.run();
  const grow = async (calls: number): Promise<Growth> => {
    await prepared.sync?.();
    collectAll();
    return growthOf(run, calls);
  };
  await grow(1);
  const once = await grow(1);
  const fitting = Math.floor(TRIAL_BYTES / Math.max(1, once.heap - SLACK, once.external));
  const calls = Math.max(1, Math.min(MOST_CALLS, Math.floor(TRIAL_NS / callNs), fitting));
  const slack = SLACK / calls;
  const heap = await settle(async () => (await grow(calls)).heap / calls, slack);
  const external = await settle(async () => (await grow(calls)).external / calls);
  await prepared.sync?.();
  const least = Math.abs(heap.value) <= slack;
  const unknown = least && slack >= LEAST_BYTES;
  const said = [
    unknown
      ? `heap: not known, less than ${Math.ceil(slack)}, which is what blocks of 16 KiB tell over ${calls} calls`
      : `heap: growth of JSC's count over ${calls} calls${!least && slack > heap.value / 100 ? `, within ${Math.ceil(slack)}` : ''}`,
    "external: growth of JSC's count and of WASM memories",
  ];
  const ranges = { heap: heap.range, external: external.range };
  for (const [name, range] of Object.entries(ranges)) {
    if (range)
      said.push(`trials of ${name} bytes disagree, from ${Math.round(range[0])} to ${Math.round(range[1])}`);
  }
  return {
    ...(unknown ? {} : { heapBytesPerOp: least ? 0 : heap.value }),
    externalBytesPerOp: external.value,
    ...(heap.range || external.range ? { unsettled: true } : {}),
    method: said.join('; '),
  };
}
