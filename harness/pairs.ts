/**
 * Two versions of the same kernels, measured pair by pair: a fresh process of each, one right behind the other, in random
 * order, round after round, until a caller has seen enough of every cell. A slow minute of the machine falls on both sides
 * of a pair, and what is left is the difference of the code.
 */
import { randomBytes } from 'node:crypto';
import { rng } from '../kernels/lib/rng.ts';
import type { Budget } from '../suites/suite.ts';
import type { UserFiles } from './catalogue.ts';
import type { Cell, Group } from './plan.ts';
import type { CellResult } from './protocol.ts';
import type { HostInfo } from './record.ts';
import type { Lane } from './runtimes/runtime.ts';
import { shuffled } from './schedule.ts';
import { measureGroup } from './supervise.ts';

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
      const times: Partial<Record<Side, Map<Cell, number>>> = {};
      for (const side of shuffled(options.sides ?? SIDES, random)) {
        if (options.signal?.aborted) return cells;
        times[side] = await measureSide(side, group, own, round, options);
      }
      for (const { cell, logRatios } of own) {
        const [base, candidate] = [times.base?.get(cell), times.candidate?.get(cell)];
        if (base !== undefined && candidate !== undefined) logRatios.push(Math.log(candidate / base));
      }
    }
    wanted = options.next(cells, round);
  }
  return cells;
}

/** @returns the medians of the cells that were ok */
async function measureSide(
  side: Side,
  group: Group,
  own: readonly PairedCell[],
  round: number,
  { files, lane, host, budget, threads, signal, onResult, needsBytes }: PairOptions,
): Promise<Map<Cell, number>> {
  const medians = new Map<Cell, number>();
  const first = round === 0;
  await measureGroup(
    lane,
    {
      ...{ budget, engine: 'tinybench', files: files[side], peaks: {}, checkAll: first },
      memory: first || own.some(needsBytes),
      ...(threads ? { threads } : {}),
    },
    { ...group, cells: own.map(({ cell }) => cell) },
    host,
    signal,
    (cell, result) => {
      own.find((each) => each.cell === cell)!.results[side].push(result);
      if (result.status === 'ok' && result.time) medians.set(cell, result.time.medianNs);
      onResult(side, cell, round, result);
    },
  );
  return medians;
}
