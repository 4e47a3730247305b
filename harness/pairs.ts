/**
 * Two versions of the same kernels, measured pair by pair: a fresh process of each, in random order, round after round, until a
 * caller has seen enough of every cell. The two of a pair take their samples in turns of a few milliseconds, while the other
 * waits, and both on one CPU, which another tenant may slow for seconds and the next one not: what slows the machine falls on
 * both, and what is left is the difference of the code. Both have the same inputs, others in each pair: a branch on values that is
 * guessed wrong more often on one input is no difference of the code either. Pages, which cannot wait for each other, are measured one
 * right behind the other.
 */
import { randomBytes } from 'node:crypto';
import type { Backend } from '../kernels/kernel.ts';
import { type Rng, rng } from '../kernels/lib/rng.ts';
import type { Budget } from '../suites/suite.ts';
import type { UserFiles } from './catalogue.ts';
import type { Cell, Group } from './plan.ts';
import type { CellResult } from './protocol.ts';
import type { HostInfo, TimeSummary } from './record.ts';
import type { Lane } from './runtimes/runtime.ts';
import { shuffled } from './schedule.ts';
import { newSeed } from './seed.ts';
import { median } from './stats/median.ts';
import { measureGroup, type Supervision } from './supervise.ts';
import { Turns } from './turns.ts';

export const SIDES = ['base', 'candidate'] as const;
export type Side = (typeof SIDES)[number];

export interface PairedCell {
  readonly cell: Cell;
  readonly runtime: string;
  /** Natural logarithm of the candidate's time ÷ the base's, one for each pair in which both were ok. */
  readonly logRatios: number[];
  /** All results, in the order in which they were measured; the first of a side has all cases checked and its bytes counted. */
  readonly results: Record<Side, CellResult[]>;
}

export interface PairOptions {
  /** What each side's processes import. */
  readonly files: Readonly<Record<Side, UserFiles>>;
  /** Default: both. One alone gives results and no pairs. */
  readonly sides?: readonly Side[];
  readonly lane: Lane;
  /** For results of processes that died. */
  readonly host: HostInfo;
  readonly budget: Budget;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Every result as it is made. */
  onResult(side: Side, cell: Cell, replicate: number, result: CellResult): void;
  /** Are the bytes of a call to be counted again? The first round always counts them. */
  needsBytes(cell: PairedCell): boolean;
  /**
   * After each round.
   * @returns the cells that the next round is to measure; none ends the measurement
   */
  next(cells: readonly PairedCell[], round: number): readonly PairedCell[];
}

/** Measures every cell of the groups, all of which exist on both sides, until `next` asks for none. */
export async function measurePairs(groups: readonly Group[], options: PairOptions): Promise<PairedCell[]> {
  const cells = groups.flatMap(({ cells: own, runtime }) =>
    own.map((cell): PairedCell => ({ cell, runtime, logRatios: [], results: { base: [], candidate: [] } })),
  );
  const random = rng(`pairs ${randomBytes(8).toString('hex')}`);
  let wanted: readonly PairedCell[] = cells;
  for (let round = 0; wanted.length > 0 && !options.signal?.aborted; round++) {
    for (const group of shuffled(groups, random)) {
      const own = wanted.filter(({ cell }) => group.cells.includes(cell));
      if (own.length === 0) continue;
      if (options.signal?.aborted) return cells;
      const times: Partial<Record<Side, Map<Cell, TimeSummary>>> = {};
      const seed = newSeed();
      const supervision = {
        signal: options.signal,
        turns: new Turns(),
        cpu: cpuFor(group.backend, options.lane.cpus ?? [], random),
      };
      await Promise.all(
        shuffled(options.sides ?? SIDES, random).map(async (side) => {
          times[side] = await measureSide(side, group, own, { round, seed }, supervision, options);
        }),
      );
      for (const { cell, logRatios } of own) {
        const [base, candidate] = [times.base?.get(cell), times.candidate?.get(cell)];
        if (base && candidate) logRatios.push(logRatio(base, candidate));
      }
    }
    wanted = options.next(cells, round);
  }
  return cells;
}

/** @returns the times of the cells that were ok */
async function measureSide(
  side: Side,
  group: Group,
  own: readonly PairedCell[],
  { round, seed }: { round: number; seed: string },
  supervision: Supervision,
  { files, lane, host, budget, threads, onResult, needsBytes }: PairOptions,
): Promise<Map<Cell, TimeSummary>> {
  const times = new Map<Cell, TimeSummary>();
  const first = round === 0;
  await measureGroup(
    lane,
    {
      ...{ budget, engine: 'tinybench', files: files[side], seed, peaks: {}, checkAll: first },
      memory: first || own.some(needsBytes),
      ...(threads ? { threads } : {}),
    },
    { ...group, cells: own.map(({ cell }) => cell) },
    host,
    supervision,
    (cell, result) => {
      own.find((each) => each.cell === cell)!.results[side].push(result);
      if (result.status === 'ok' && result.time) times.set(cell, result.time);
      onResult(side, cell, round, result);
    },
  );
  return times;
}

/** Of one thread, whose compiler and collector may share its CPU. */
const SINGLE: readonly Backend[] = ['js', 'wasm'];

/** The CPU of both sides of a pair: another one for each, so that no verdict hangs on one. */
export function cpuFor(backend: Backend, cpus: readonly number[], random: Rng): number | undefined {
  return SINGLE.includes(backend) ? cpus[random.integer(cpus.length)] : undefined;
}

/** Fewer turns that both took part in, and one spell of noise decides. */
const LEAST_TURNS = 4;

/**
 * Logarithm of the candidate's time ÷ the base's: the median over the turns of the two, where they were taken in turns, so that a turn
 * that was slow for both says what the others say; else that of their medians.
 */
export function logRatio(base: TimeSummary, candidate: TimeSummary): number {
  const [of, than] = [turnMedians(candidate), turnMedians(base)];
  const ratios = of.flatMap((ns, i) =>
    ns !== undefined && than[i] !== undefined ? [Math.log(ns / than[i])] : [],
  );
  return ratios.length < LEAST_TURNS ? Math.log(candidate.medianNs / base.medianNs) : median(ratios);
}

/** Of each turn; undefined for one whose samples count as warm-up. */
function turnMedians({ samplesNs, turns = [] }: TimeSummary): (number | undefined)[] {
  let from = 0;
  return turns.map((n) => {
    const own = samplesNs.slice(from, from + n);
    from += n;
    return n > 0 ? median(own) : undefined;
  });
}
