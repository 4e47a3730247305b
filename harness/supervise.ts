/** One process or page at a time: what it says, how it ends, and what that means for the cells it was given. */
import type { Cell, Group } from './plan.ts';
import { BROWSER_GONE, type CellResult, CRASHED, type FromCell, type Job, type ToCell } from './protocol.ts';
import type { HostInfo } from './record.ts';
import type { PeakSet, Resource } from './roofline/peaks.ts';
import { type CellEvents, type CellProcess, isProcess, type Lane } from './runtimes/runtime.ts';
import { newSeed } from './seed.ts';
import type { Turns } from './turns.ts';

export interface Probe {
  readonly host: HostInfo;
  readonly peaks: PeakSet;
}

/** A minute is thirty times what the probe takes here. */
const PROBE_LIMIT_MS = 60_000;

/**
 * What the runtime is and how fast it can be, from a process of its own.
 * @throws Error, in one line, where the process ends without an answer
 */
export function probe(lane: Lane, resources: readonly Resource[], threads?: number): Promise<Probe> {
  return new Promise((resolve, reject) => {
    let found: Probe | undefined;
    const timer = setTimeout(() => child.kill(), PROBE_LIMIT_MS);
    const child = lane.start(
      { kind: 'probe', resources, ...(threads ? { threads } : {}) },
      {
        onMessage(message) {
          if (message.kind === 'probed') found = message;
        },
        onExit(how) {
          clearTimeout(timer);
          if (found) resolve(found);
          else reject(new Error(`the process that measures the machine's peaks ${how}`));
        },
      },
    );
  });
}

/** What all processes of a group are given. Without a seed each has its own, so that what happens to be slow on one input is seen. */
type GroupJob = Omit<Job, 'group' | 'seed'> & Partial<Pick<Job, 'seed'>>;

/** What a group's processes may do, and when. */
export interface Supervision {
  readonly signal?: AbortSignal | undefined;
  /** A process does nothing but in its turn. */
  readonly turns?: Turns;
  /** The only one that its processes run on. */
  readonly cpu?: number | undefined;
}

/**
 * Measures a group; when its process dies or hangs, the cell in hand fails and a new process goes on behind it. What is accused by times,
 * rates or memory is measured in a fresh process once more, whose verdict stands.
 * @param host for the record of a cell whose process gave none
 * @returns the cells that were not measured: the lane was lost, or the run was stopped
 */
export async function measureGroup(
  lane: Lane,
  job: GroupJob,
  group: Group,
  host: HostInfo,
  supervision: Supervision,
  emit: (cell: Cell, result: CellResult) => void,
): Promise<readonly Cell[]> {
  const accused = new Map<Cell, string>();
  const left = await measureCells(lane, job, group, host, supervision, (cell, result, suspected) => {
    if (suspected) accused.set(cell, result.reason ?? '');
    else emit(cell, result);
  });
  const again = [...accused.keys()];
  if (left.length > 0 || again.length === 0) return [...left, ...again];
  return measureCells(
    lane,
    { ...job, seed: newSeed() },
    { ...group, cells: again },
    host,
    supervision,
    (cell, result) => {
      const note = `a first process accused it (${accused.get(cell)}), and this one did not`;
      emit(cell, result.status === 'ok' ? noted(result, note) : result);
    },
  );
}

async function measureCells(
  lane: Lane,
  job: GroupJob,
  group: Group,
  host: HostInfo,
  supervision: Supervision,
  give: (cell: Cell, result: CellResult, suspected: boolean) => void,
): Promise<readonly Cell[]> {
  const { signal, turns } = supervision;
  let cells = group.cells;
  /** The cell whose page has crashed, or never was ready. */
  let again: Cell | undefined;
  while (cells.length > 0) {
    const { measured, failure } = await runProcess(
      lane,
      {
        kind: 'measure',
        job: { seed: newSeed(), ...job, group: { ...group, cells }, turns: !!(turns && lane.takesTurns) },
      },
      job.budget.limitMs,
      supervision,
      (index, result, suspected) =>
        give(cells[index]!, cells[index] === again ? noted(result, AT_THE_SECOND_TRY) : result, suspected),
    );
    cells = cells.slice(measured);
    // Its process was ended by us, or with its machine, not by the cell.
    if (signal?.aborted || lane.lost !== undefined) return cells;
    if (!failure) {
      // One that ended early, on purpose, has told why in its last result: what it used is gone, and a new one has it again.
      if (cells.length > 0 && measured > 0) continue;
      return [];
    }
    // WebKit crashes now and then, its page or the whole of it, whatever it computes, and Firefox has once not started its workers: what fails twice is the cell.
    if ((failure.crashed || (failure.stuck && !isProcess(group.runtime))) && cells[0] !== again) {
      again = cells[0];
      continue;
    }
    // A step that all cells share would end the next process too.
    const failed = failure.shared ? cells : cells.slice(0, 1);
    for (const cell of failed) give(cell, { status: 'failed', reason: failure.reason, host }, false);
    cells = cells.slice(failed.length);
  }
  return [];
}

const AT_THE_SECOND_TRY = 'its page crashed, or was never ready, at the first try, and not at the second';

function noted(result: CellResult, note: string): CellResult {
  return { ...result, notes: [...(result.notes ?? []), note] };
}

interface Outcome {
  /** Cells that gave a result, counted from the first. */
  readonly measured: number;
  readonly failure?: {
    readonly reason: string;
    readonly shared: boolean;
    readonly crashed: boolean;
    /** No answer while it was made ready for its input. */
    readonly stuck: boolean;
  };
}

/** For a process that has given all its results and does not end: a kernel may have left something running. */
const GRACE_MS = 5000;

async function runProcess(
  lane: Lane,
  message: ToCell,
  limitMs: number,
  { signal, turns, cpu }: Supervision,
  onResult: (index: number, result: CellResult, suspected: boolean) => void,
): Promise<Outcome> {
  let end = await turns?.take();
  if (signal?.aborted) {
    end?.();
    return { measured: 0 };
  }
  return new Promise((resolve) => {
    let measured = 0;
    let complete = false;
    let gone = false;
    let step = 'starting';
    let hung = false;
    let timer: NodeJS.Timeout;
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          hung = true;
          child.kill();
        },
        complete ? GRACE_MS : limitMs,
      );
    };
    const events: CellEvents = {
      onMessage(reply: FromCell) {
        if (reply.kind === 'step') step = reply.step;
        if (reply.kind === 'result') {
          measured++;
          onResult(reply.cell, reply.result, reply.suspected === true);
        }
        if (reply.kind === 'done') complete = true;
        if (reply.kind === 'turn') wait();
        else restart();
      },
      onExit(how) {
        clearTimeout(timer);
        gone = true;
        end?.();
        signal?.removeEventListener('abort', kill);
        if (complete) return resolve({ measured });
        const reason = hung
          ? `no answer within ${limitMs / 1000} s while ${step}`
          : `its process ${how} while ${step}`;
        resolve({
          measured,
          failure: {
            reason,
            shared: step === 'checking all cases',
            crashed: how === CRASHED || how === BROWSER_GONE,
            stuck: hung && step === 'preparing',
          },
        });
      },
    };
    const child: CellProcess = lane.start(message, events, cpu);
    /** What the other process does in its turn is no time of this one. */
    const wait = async () => {
      clearTimeout(timer);
      end?.();
      end = await turns?.take();
      if (gone) return end?.();
      restart();
      child.go?.();
    };
    const kill = () => child.kill();
    signal?.addEventListener('abort', kill);
    restart();
  });
}
