/** The runner: a fresh process for each group of cells, and a record for each cell whatever happens to the process. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type Rng, rng } from '../kernels/lib/rng.ts';
import type { UserFiles } from './catalogue.ts';
import { disturbance } from './environment/noise.ts';
import type { Engine } from './measure.ts';
import type { Cell, Group, Plan } from './plan.ts';
import type { CellResult, FromCell, Job, ToCell } from './protocol.ts';
import {
  appendRecord,
  type HostInfo,
  replaceLastRecords,
  SCHEMA,
  type TierSummary,
  type ZooRecord,
} from './record.ts';
import { rebind } from './roofline/bound.ts';
import { bestOf, type PeakSet, type Resource, resourceOf } from './roofline/peaks.ts';
import { ROOT } from './root.ts';
import { MEASURING_FLAGS, startNodeCell } from './runtimes/node.ts';
import { traceTiers } from './tiers/tiers.ts';

export interface RunOptions {
  /** Records are appended to it as they are made. */
  readonly file: string;
  readonly files: UserFiles;
  readonly engine: Engine;
  readonly threads?: number;
  /** Measure bytes a call (default true). */
  readonly memory?: boolean;
  /** Find the tier of the timed code, in a process of its own for each variant (default: as the suite says). */
  readonly tiers?: boolean;
  /** Records of an earlier, interrupted run: their cells are not measured again. */
  readonly done?: readonly ZooRecord[];
  onProgress?(progress: Progress): void;
  /** Stops at once; the cell in hand gets no record. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done. */
  readonly label: string;
}

interface Turn {
  readonly group: Group;
  readonly replicate: number;
}

/** Measures the whole plan and returns its records, those of `done` included. */
export async function run(plan: Plan, options: RunOptions): Promise<ZooRecord[]> {
  const records = [...(options.done ?? [])];
  const key = (id: string, runtime: string, replicate: number) => `${runtime} ${id} ${replicate}`;
  const finished = new Set(records.map((r) => key(r.id, r.host.runtime, r.replicate)));
  const turns = order(plan)
    .map(({ group, replicate }) => ({
      replicate,
      group: {
        ...group,
        cells: group.cells.filter((cell) => !finished.has(key(cell.id, group.runtime, replicate))),
      },
    }))
    .filter(({ group }) => group.cells.length > 0);
  const total = turns.reduce((sum, { group }) => sum + group.cells.length, 0);
  let done = 0;
  const progress = (label: string) => options.onProgress?.({ done, total, label });
  if (total === 0) return records;

  progress('peaks of this machine');
  const resources = [...new Set(turns.map(({ group }) => resourceOf(group.backend)))];
  const probe = await probeNode(resources, options.threads);
  const probedAt = performance.now();
  const origin = gitState();
  // A software adapter is measured for its accuracy: one process of it says all.
  const once = (group: Group) => group.backend === 'webgpu' && probe.host.gpuIsSoftware === true;

  const tiers = new Map<string, ReadonlyMap<string, TierSummary>>();
  for (const { group, replicate } of turns) {
    if (options.signal?.aborted) break;
    if (replicate > 0 && once(group)) {
      done += group.cells.length;
      continue;
    }
    const name = `${group.runtime} ${group.subject}/${group.variant}`;
    const tier = tiers.get(name) ?? (await tiersOf(group, plan, options, progress));
    tiers.set(name, tier);
    const emit = (cell: Cell, result: CellResult) => {
      const record: ZooRecord = {
        schema: SCHEMA,
        id: cell.id,
        subject: cell.subject,
        kind: 'kernel',
        variant: cell.variant,
        backend: cell.backend,
        case: cell.case,
        from: cell.from,
        suite: plan.suite,
        replicate,
        ...result,
        ...(result.status === 'ok' && tier.has(cell.case) ? { tier: tier.get(cell.case) } : {}),
        ...disturbance({ ...result.host, ...origin }, probe.host, resourceOf(cell.backend) === 'threads'),
        at: new Date().toISOString(),
      };
      appendRecord(options.file, record);
      records.push(record);
      done++;
      progress(cell.id);
    };
    progress(group.cells[0]!.id);
    // One process of each variant checks all cases and counts bytes; the others check what they time.
    await runGroup(group, replicate === 0, probe, plan, options, emit);
  }
  if (options.signal?.aborted || performance.now() - probedAt < SAME_MOMENT_MS) return records;
  progress('peaks once more');
  return settlePeaks(records, options.done?.length ?? 0, probe, resources, options);
}

/** After a shorter run, peaks would be measured again in the same moment. */
const SAME_MOMENT_MS = 5000;

/**
 * Peaks measured in a noisy moment are too low: they are measured again at the end, and what this run made is held against the
 * better of the two. A probe that fails here leaves the records as they are.
 * @param done records of an earlier run, which keep their peaks
 */
async function settlePeaks(
  records: ZooRecord[],
  done: number,
  probe: Probe,
  resources: readonly Resource[],
  { threads, file }: RunOptions,
): Promise<ZooRecord[]> {
  const again = await probeNode(resources, threads).catch(() => undefined);
  if (!again) return records;
  const best = bestOf(probe.peaks, again.peaks);
  const settled = records.map((record, i) => (i < done ? record : rebind(record, best)));
  if (settled.some((record, i) => record !== records[i])) replaceLastRecords(file, settled.slice(done));
  return settled;
}

/**
 * Rounds of fresh processes. With several, the order is shuffled in each round, so that a slow minute of the machine does
 * not fall on one variant (Kalibera & Jones 2013); with one, it is the plan's, which people can follow.
 */
function order(plan: Plan): Turn[] {
  const { processes } = plan.budget;
  const random = rng(`order ${randomBytes(8).toString('hex')}`);
  return Array.from({ length: processes }, (_, replicate) => {
    const groups = processes > 1 ? shuffled(plan.groups, random) : plan.groups;
    return groups.map((group) => ({ group, replicate }));
  }).flat();
}

function shuffled<T>(items: readonly T[], random: Rng): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const k = random.integer(i + 1);
    [copy[i], copy[k]] = [copy[k]!, copy[i]!];
  }
  return copy;
}

export interface Probe {
  readonly host: HostInfo;
  readonly peaks: PeakSet;
}

/** A minute is thirty times what the probe takes here. */
const PROBE_LIMIT_MS = 60_000;

/** What the runtime is and how fast it can be, from a process of its own. */
export function probeNode(
  resources: readonly Resource[],
  threads?: number,
  flags: readonly string[] = [],
): Promise<Probe> {
  return new Promise((resolve, reject) => {
    let probe: Probe | undefined;
    const timer = setTimeout(() => child.kill(), PROBE_LIMIT_MS);
    const child = startNodeCell(
      { kind: 'probe', resources, ...(threads ? { threads } : {}) },
      {
        onMessage(message) {
          if (message.kind === 'probed') probe = message;
        },
        onExit(how) {
          clearTimeout(timer);
          if (probe) resolve(probe);
          else reject(new Error(`the process that measures the machine's peaks ${how}`));
        },
      },
      [...MEASURING_FLAGS, ...flags],
    );
  });
}

/** What the engine did with a variant, from a process of its own; asked once for all processes of its cells. */
async function tiersOf(
  group: Group,
  plan: Plan,
  options: RunOptions,
  progress: (label: string) => void,
): Promise<ReadonlyMap<string, TierSummary>> {
  if ((options.tiers ?? plan.budget.tiers) === false) return new Map();
  progress(`tiers of ${group.subject}/${group.variant}`);
  return traceTiers(group, {
    budget: plan.budget,
    files: options.files,
    seed: randomBytes(16).toString('hex'),
    ...(options.threads ? { threads: options.threads } : {}),
    signal: options.signal,
  });
}

/** Measures a group; when its process dies or hangs, the cell in hand fails and a new process goes on behind it. */
async function runGroup(
  group: Group,
  first: boolean,
  probe: Probe,
  plan: Plan,
  options: RunOptions,
  emit: (cell: Cell, result: CellResult) => void,
): Promise<void> {
  let cells = group.cells;
  while (cells.length > 0) {
    const job: Job = {
      group: { ...group, cells },
      budget: plan.budget,
      engine: options.engine,
      files: options.files,
      seed: randomBytes(16).toString('hex'),
      ...(options.threads ? { threads: options.threads } : {}),
      peaks: probe.peaks,
      checkAll: first,
      memory: first && (options.memory ?? true),
    };
    const { measured, failure } = await runProcess(
      { kind: 'measure', job },
      plan.budget.limitMs,
      options.signal,
      (index, result) => emit(cells[index]!, result),
    );
    // Its process was ended by us, not by the cell.
    if (options.signal?.aborted) return;
    cells = cells.slice(measured);
    if (!failure || cells.length === 0) return;
    // A step that all cells share would end the next process too.
    const failed = failure.shared ? cells : cells.slice(0, 1);
    for (const cell of failed) emit(cell, { status: 'failed', reason: failure.reason, host: probe.host });
    cells = cells.slice(failed.length);
  }
}

interface Outcome {
  /** Cells that gave a result, counted from the first. */
  readonly measured: number;
  readonly failure?: { readonly reason: string; readonly shared: boolean };
}

/** For a process that has given all its results and does not end: a kernel may have left something running. */
const GRACE_MS = 5000;

function runProcess(
  message: ToCell,
  limitMs: number,
  signal: AbortSignal | undefined,
  onResult: (index: number, result: CellResult) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let measured = 0;
    let complete = false;
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
    const child = startNodeCell(message, {
      onMessage(reply: FromCell) {
        if (reply.kind === 'step') step = reply.step;
        if (reply.kind === 'result') {
          measured++;
          onResult(reply.cell, reply.result);
        }
        if (reply.kind === 'done') complete = true;
        restart();
      },
      onExit(how) {
        clearTimeout(timer);
        signal?.removeEventListener('abort', kill);
        if (complete) return resolve({ measured });
        const reason = hung
          ? `no answer within ${limitMs / 1000} s while ${step}`
          : `its process ${how} while ${step}`;
        resolve({ measured, failure: { reason, shared: step === 'checking all cases' } });
      },
    });
    const kill = () => child.kill();
    signal?.addEventListener('abort', kill);
    restart();
  });
}

/** Commit of the tree that is measured, and whether it differs from it. */
function gitState(): { commit?: string; dirty?: boolean } {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' };
  } catch {
    return {}; // no checkout: an installed package
  }
}
