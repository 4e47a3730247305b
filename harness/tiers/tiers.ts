/**
 * Which tier of V8 the timed code of a cell ran in, whether it was de-optimised there, and after how many calls the code
 * of that tier was made. From a process of its own under `--prof`, which does what the timing process does and is not
 * timed: the sampler's ticks within the window say what code ran, V8's log says in which tier each piece was compiled.
 *
 * Bias: another process than the timed one; warm-up and tier are those of the engine, not of chance, but a cell that
 * settles in different tiers in different processes shows one of them. Sampled once a millisecond. Only the calling thread.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usesGpu } from '../../kernels/lib/peer.ts';
import type { Budget } from '../../suites/suite.ts';
import type { UserFiles } from '../catalogue.ts';
import { oneLine } from '../errors.ts';
import type { Group } from '../plan.ts';
import { type Looked, look } from '../profile/start.ts';
import type { TierSummary } from '../record.ts';
import { programOf } from '../runtimes/process.ts';
import { MARK, readV8Log, type Tier, type V8Log } from './v8-log.ts';

const METHOD = "samples of V8's --prof in a process of its own; calling thread";
/** As long as the sampling, within these: a hundred ticks give a share within ± 0.1. */
const WINDOW_MS = [100, 500] as const;
/** Fewer ticks than this say nothing. */
const FEW_TICKS = 10;
/** Seconds for one case or one window: what hangs here has a record of its own that says so. */
const LIMIT_S = 5;
/** Code with less than this share of the ticks is not what the cell is about. */
const SMALL_SHARE = 0.05;

export interface TraceOptions {
  readonly budget: Budget;
  readonly files: UserFiles;
  readonly seed: string;
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
}

/** By the case of each cell; none for a GPU. What cannot be known has a `method` that says why, and no tier. */
export async function traceTiers(group: Group, options: TraceOptions): Promise<Map<string, TierSummary>> {
  const tiers = new Map<string, TierSummary>();
  if (usesGpu(group)) return tiers;
  const program = programOf(group.runtime);
  if (program?.engine !== 'node') {
    const method = `not known: read from V8's log, which only Node is asked for`;
    return new Map(group.cells.map((cell) => [cell.case, { method }]));
  }
  const folder = mkdtempSync(join(tmpdir(), 'zoo-tiers-'));
  try {
    const { budget, files, seed, threads, signal } = options;
    const looked = await look(
      {
        cells: group.cells,
        files,
        ...(threads ? { threads } : {}),
        seed,
        runAll: true,
        warmupMs: budget.warmupMs,
        windowMs: Math.max(WINDOW_MS[0], Math.min(WINDOW_MS[1], budget.sampleMs)),
        capture: 'none',
      },
      {
        binary: program.file,
        flags: [...program.flags, ...profFlags(folder)],
        limitS: Math.min(budget.limitMs / 1000, LIMIT_S),
        signal,
      },
    );
    const log = readLog(folder);
    for (const [i, cell] of group.cells.entries()) {
      if ('window' in looked.cells[i]!) tiers.set(cell.case, tierOf(log, looked, i));
    }
  } catch (error) {
    for (const cell of group.cells) tiers.set(cell.case, { method: `not known: ${oneLine(error)}` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tiers;
}

/** V8 writes a log for each thread into `folder`. */
export function profFlags(folder: string): string[] {
  return ['--prof', `--logfile=${join(folder, 'v8.log')}`];
}

/** The log of the thread that set the marks. */
export function readLog(folder: string): V8Log {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.includes(MARK)) return readV8Log(text);
  }
  throw new Error('V8 wrote no log');
}

/** Ticks of the i-th cell's window. */
export function windowTicks(log: V8Log, cell: number): V8Log['ticks'] {
  const [start, end] = [log.marks.get(`start-${cell}`), log.marks.get(`end-${cell}`)];
  if (start === undefined || end === undefined) throw new Error('the log lacks the window');
  return log.ticks.filter((tick) => tick.at >= start && tick.at <= end);
}

/** The summary of one window; `log` and `looked` are of the same process. */
export function tierOf(log: V8Log, looked: Pick<Looked, 'clockMs' | 'points'>, cell: number): TierSummary {
  const ticks = windowTicks(log, cell);
  const [start, end] = [log.marks.get(`start-${cell}`)!, log.marks.get(`end-${cell}`)!];
  const deopts = log.deopts.filter(({ at }) => at >= start && at <= end).length;
  const known = ticks.flatMap(({ code }) => (code ? [code] : []));
  if (known.length < FEW_TICKS) return { deopts, method: `${METHOD}; too few samples to name a tier` };

  const perTier = new Map<Tier, number>();
  for (const { tier } of known) perTier.set(tier, (perTier.get(tier) ?? 0) + 1);
  const [tier, most] = [...perTier].reduce((a, b) => (b[1] > a[1] ? b : a));
  const hot = [...new Set(known)].filter(
    (code) =>
      code.tier === tier && known.filter((other) => other === code).length >= SMALL_SHARE * known.length,
  );
  const made = Math.max(...hot.map((code) => code.at), 0);
  return {
    tier,
    share: most / known.length,
    deopts,
    warmCalls: callsAt(looked.points, looked.clockMs + (made - (log.marks.get('clock') ?? 0)) / 1000),
    method: METHOD,
  };
}

/** Calls made at a time on the process's clock, straight between two points. */
function callsAt(points: Looked['points'], ms: number): number {
  const i = points.findIndex(([at]) => at >= ms);
  if (i < 0) return points.at(-1)?.[1] ?? 0;
  const [toMs, to] = points[i]!;
  const [fromMs, from] = points[i - 1] ?? [toMs, 0];
  return Math.round(toMs === fromMs ? from : from + ((ms - fromMs) / (toMs - fromMs)) * (to - from));
}
