/** How often the judge of pairs is wrong, by simulation: the same code that judges real pairs, fed with drawn ones. */
import type { PairedCell } from '../harness/pairs.ts';
import { type Rng, rng } from '../kernels/lib/rng.ts';
import { PairedJudge, type PairedRow } from './paired.ts';

export interface Simulation {
  readonly suites: number;
  readonly cells: number;
  /** Pairs that the time is enough for. */
  readonly pairs: number;
  /** Standard deviation of a pair's log ratio; on a quiet machine 0.013 to 0.015. */
  readonly spread: number;
  readonly threshold: number;
  /** Of the first cell of each suite: 0.05 for 5 % slower. */
  readonly slowdown: number;
  /** One pair in so many has five times the spread: a neighbour that came and went. */
  readonly disturbedOneIn?: number;
  readonly seed: string;
}

export interface Rates {
  /** Suites in which a cell that was not changed was called slower. */
  readonly alarmed: number;
  /** Suites in which the changed cell was called slower, and faster. */
  readonly found: number;
  readonly reversed: number;
  /** Median number of pairs until the changed cell was decided. */
  readonly pairsToFind: number;
}

export function simulate(simulation: Simulation): Rates {
  const random = rng(simulation.seed);
  let [alarmed, found, reversed] = [0, 0, 0];
  const took: number[] = [];
  for (let suite = 0; suite < simulation.suites; suite++) {
    const rows = simulateSuite(simulation, random);
    const [changed, ...others] = simulation.slowdown === 0 ? [undefined, ...rows] : rows;
    if (others.some((row) => row?.verdict === 'slower')) alarmed++;
    if (changed?.verdict === 'slower') {
      found++;
      took.push(changed.pairs);
    }
    if (changed?.verdict === 'faster') reversed++;
  }
  took.sort((a, b) => a - b);
  return { alarmed, found, reversed, pairsToFind: took[took.length >> 1] ?? Number.NaN };
}

function simulateSuite(simulation: Simulation, random: Rng): PairedRow[] {
  const { pairs, spread, threshold, slowdown, disturbedOneIn } = simulation;
  const judge = new PairedJudge({ threshold: () => threshold });
  const cells = Array.from({ length: simulation.cells }, (_, i) => drawnCell(i));
  let wanted: PairedCell[] = cells;
  for (let pair = 0; pair < pairs && wanted.length > 0; pair++) {
    for (const cell of wanted) {
      const disturbed = disturbedOneIn !== undefined && random.integer(disturbedOneIn) === 0;
      const shift = cell === cells[0] ? Math.log1p(slowdown) : 0;
      cell.logRatios.push(shift + (disturbed ? 5 : 1) * spread * random.normal());
    }
    wanted = judge.next(cells);
  }
  return judge.rows(cells);
}

/** As far as the judge looks at it: ok on both sides, without bytes. */
function drawnCell(i: number): PairedCell {
  const cell = { id: `cell/${i}@N=1`, subject: 'cell', variant: String(i), case: 'N=1', backend: 'js' };
  const result = { status: 'ok', host: {} };
  return {
    cell,
    runtime: 'node',
    logRatios: [],
    results: { base: [result], candidate: [result] },
  } as unknown as PairedCell;
}
