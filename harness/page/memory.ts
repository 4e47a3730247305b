/** Bytes a call in a page of Chromium, whose driver reads the worker's heap over the DevTools protocol. */
import type { MemoryMeter } from '../measure.ts';
import { settle } from '../memory/settle.ts';
import { callsWatched, keepApart } from '../memory/watched.ts';
import type { Answer, Question } from './job.ts';

/** What a trial allocates, where a call does not more, on the heap and outside it: no collection falls into it. */
const TRIAL_BYTES = 1 << 20;
const EXTERNAL_BYTES = 8 << 20;
/** A call that allocates more than this on the heap would give the profiler too many samples. */
const MOST_BYTES = 8 << 20;
const MOST_CALLS = 1000;
/** A trial is to take no longer, where a call does not. */
const TRIAL_NS = 1e7;

const METHOD =
  "heap: every allocation, by V8's sampling heap profiler with an interval of 1 byte; external: growth of the ArrayBuffers that the worker's heap holds; both over the DevTools protocol";

/** @param path of the driver, from the root of the server */
export function chromiumMemoryMeter(path: string): MemoryMeter {
  const ask = async (question: Question): Promise<Answer> => {
    const response = await fetch(path, { method: 'POST', body: JSON.stringify(question) });
    if (!response.ok) throw new Error(`the browser's driver says ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const growth = async (run: () => void, calls: number) => {
    const before = await ask({ kind: 'usage', collect: true });
    callsWatched(run, calls);
    const after = await ask({ kind: 'usage', collect: false });
    const of = (key: keyof Answer) => after[key]! - before[key]!;
    return { heap: of('heapBytes'), external: of('externalBytes') };
  };
  return async (make, callNs) => {
    keepApart();
    const prepared = await make();
    const run = () => prepared.run();
    await ask({ kind: 'attach' });
    try {
      await growth(run, 1);
      // The debugger's own, which is there without a call too.
      const idle = await growth(run, 0);
      const one = await growth(run, 1);
      const once = { heap: one.heap - idle.heap, external: one.external - idle.external };
      if (once.heap > MOST_BYTES)
        return { method: `unsupported: one call allocates more than ${MOST_BYTES} bytes` };
      const callsFor = (bytes: number, most: number) =>
        Math.max(
          1,
          Math.min(MOST_CALLS, Math.floor(TRIAL_NS / callNs), Math.floor(most / Math.max(1, bytes))),
        );
      const sampled = callsFor(once.heap, TRIAL_BYTES);
      const heapBytes = async (calls: number) => {
        await prepared.sync?.();
        await ask({ kind: 'sample' });
        callsWatched(run, calls);
        return (await ask({ kind: 'sampled', below: callsWatched.name })).heapBytes!;
      };
      // Twice as many calls less once as many: what is allocated once is not the calls'.
      const heap = await settle(async () => {
        const less = await heapBytes(sampled);
        return ((await heapBytes(2 * sampled)) - less) / sampled;
      });
      const outside = Math.min(sampled, callsFor(once.external, EXTERNAL_BYTES));
      const external = await settle(async () => {
        const less = (await growth(run, outside)).external;
        return ((await growth(run, 2 * outside)).external - less) / outside;
      });
      const ranges = { heap: heap.range, external: external.range };
      const said = Object.entries(ranges).flatMap(([name, range]) =>
        range
          ? [`trials of ${name} bytes disagree, from ${Math.round(range[0])} to ${Math.round(range[1])}`]
          : [],
      );
      return {
        heapBytesPerOp: heap.value,
        externalBytesPerOp: external.value,
        ...(said.length > 0 ? { unsettled: true } : {}),
        method: [METHOD, ...said].join('; '),
      };
    } finally {
      await ask({ kind: 'detach' });
      prepared.dispose();
    }
  };
}
