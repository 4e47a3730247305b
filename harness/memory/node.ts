/**
 * Bytes allocated a call in Node and Deno, apart from the timing, on an input that is the same in every run: what a call
 * allocates may depend on values (a boxed double for each element that takes a branch), and a gate compares it between runs.
 *
 * Heap bytes come from the sampling heap profiler ({@link openSampler}), which sees single allocations, so that 0 is 0. Where
 * two calls fit into a page, the heap's growth is exact and stands instead: the profiler reads 16 bytes too many for an
 * ArrayBuffer on the heap. Calls that allocate more than {@link SAMPLED_BYTES} would give it too many samples: there the
 * growth is summed from one collection to the next. External bytes are the growth of the process's counters and of WASM memories.
 */
import type { Prepared } from '../../kernels/kernel.ts';
import type { MemorySummary } from '../record.ts';
import { collectAll, growthOf, IN_DENO } from './heap.ts';
import { openSampler } from './sampler.ts';
import { settle } from './settle.ts';

/** For processes that measure: `gc()`, and a young generation (MiB) that one trial does not fill. */
export const MEMORY_FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/** A trial allocates no more than this, where a call does not: the profiler slows allocations down tenfold. */
const TRIAL_BYTES = 1 << 20;
/** More than this a call, and the heap's growth is summed instead. */
const SAMPLED_BYTES = 8 << 20;
/** What surely fits into a page of V8's young generation (256 kB), at whose end bytes are left unused but counted. */
const PAGE_BYTES = 200_000;
const MOST_CALLS = 1000;
/** A trial is to take no longer, where a call does not. */
const TRIAL_NS = 1e7;

const SAMPLED = "heap: every allocation, by V8's sampling heap profiler with an interval of 1 byte";
const SLOPE = 'heap: growth over 2n calls less that over n, ÷ n, within one page';
const SUMMED = 'heap: growth summed from collection to collection';
const EXTERNAL = "external: growth of the process's counters and of WASM memories";

/** Bytes a call.
 * @param callNs time of one call, from which follows how many make a trial
 */
export async function measureBytes(prepared: Prepared, callNs: number): Promise<MemorySummary> {
  const run = () => prepared.run();
  const plain = async (calls: number) => {
    await prepared.sync?.();
    collectAll();
    return growthOf(run, calls);
  };
  await plain(1);
  const once = await plain(1);
  const isSampled = once.heap <= SAMPLED_BYTES;
  const fitting = Math.floor(TRIAL_BYTES / Math.max(1, once.heap, once.external / 16));
  const calls = Math.max(1, Math.min(MOST_CALLS, Math.floor(TRIAL_NS / callNs), fitting));
  const sampler = openSampler();
  try {
    let heap = await settle(async () => {
      if (!isSampled) return (await plain(calls)).heap / calls;
      await prepared.sync?.();
      return (await sampler.bytes(run, calls)) / calls;
    });
    let how = isSampled ? SAMPLED : SUMMED;
    const onePage = Math.min(calls, Math.floor(PAGE_BYTES / 2 / Math.max(1, heap.value)));
    // In Deno the heap's size grows by the page.
    if (isSampled && heap.value > 0 && onePage > 0 && !IN_DENO) {
      const slope = await settle(async () => {
        const less = await plain(onePage);
        const more = await plain(2 * onePage);
        return (more.heap - less.heap) / onePage;
      });
      if (!slope.range) {
        heap = slope;
        how = SLOPE;
      }
    }
    let interrupted = false;
    const external = await settle(async () => {
      const growth = await plain(calls);
      interrupted = growth.collections > 0;
      return growth.external / calls;
    });
    const said = [how, EXTERNAL];
    if (interrupted) said.push('collections within the calls: external bytes may be too few');
    const ranges = { heap: heap.range, external: external.range };
    for (const [name, range] of Object.entries(ranges)) {
      if (range)
        said.push(
          `trials of ${name} bytes disagree, from ${Math.round(range[0])} to ${Math.round(range[1])}`,
        );
    }
    return {
      heapBytesPerOp: heap.value,
      externalBytesPerOp: external.value,
      ...(heap.range || external.range ? { unsettled: true } : {}),
      method: said.join('; '),
    };
  } finally {
    sampler.close();
    await prepared.sync?.();
  }
}
