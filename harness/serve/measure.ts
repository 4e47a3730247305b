/** The runner in a page: the same order, jobs and records as in Node, one worker at a time. */
import { usesGpu } from '../../kernels/lib/peer.ts';
import type { Cell, Plan } from '../plan.ts';
import { type CellResult, recordOf } from '../protocol.ts';
import type { ZooRecord } from '../record.ts';
import { resourceOf } from '../roofline/peaks.ts';
import type { Lane } from '../runtimes/runtime.ts';
import { turnsOf } from '../schedule.ts';
import { measureGroup, probe } from '../supervise.ts';

export interface HereEvents {
  /** @param label what is being done */
  onProgress(done: number, total: number, label: string): void;
  onRecord(record: ZooRecord): void;
}

/** Browsers slow down what nobody sees. */
const HIDDEN = 'its page was not in view all the time';

/** Ends early where `signal` says so; what was measured by then has its records. */
export async function measureHere(
  plan: Plan,
  lane: Lane,
  events: HereEvents,
  signal: AbortSignal,
): Promise<void> {
  const turns = turnsOf(plan, []);
  const total = turns.reduce((sum, { group }) => sum + group.cells.length, 0);
  let done = 0;
  events.onProgress(done, total, 'limits of this device');
  const resources = [...new Set(turns.map(({ group }) => resourceOf(group)))];
  const { host, peaks } = await probe(lane, resources);
  for (const { group, replicate } of turns) {
    if (signal.aborted) break;
    // As in the runner: a software adapter is there for its accuracy.
    if (replicate > 0 && usesGpu(group) && host.gpuIsSoftware === true) {
      done += group.cells.length;
      continue;
    }
    events.onProgress(done, total, `${group.subject}/${group.variant}`);
    let hidden = document.hidden;
    const watch = () => {
      hidden ||= document.hidden;
    };
    document.addEventListener('visibilitychange', watch);
    const first = replicate === 0;
    const job = {
      // A user's files are told to each worker by its lane.
      ...({ budget: plan.budget, engine: 'tinybench', files: { kernels: [], variants: [] }, peaks } as const),
      ...{ checkAll: first, memory: false },
    };
    await measureGroup(lane, job, group, host, { signal }, (cell: Cell, result: CellResult) => {
      const found = { ...result, ...(hidden ? { noisy: HIDDEN } : {}) };
      events.onRecord(recordOf(plan.suite, replicate, cell, found));
      events.onProgress(++done, total, cell.id);
    });
    document.removeEventListener('visibilitychange', watch);
  }
  events.onProgress(done, total, signal.aborted ? 'stopped' : 'done');
}
