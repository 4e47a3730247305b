/** How often the judge of pairs is wrong, by simulation: the same code that judges real pairs, fed with drawn ones. */
import type { PairedCell } from '../harness/pairs.ts';
import { type Rng, rng } from '../kernels/lib/rng.ts';
import { PairedJudge, type PairedRow } from './paired.ts';

export interface Simulation {
  readonly suites: number;
  readonly cells: number;
  /** Pairs that the time is enough for. */
  readonly pairs: number;
  /** Draws the log ratio of a pair in which nothing differs. */
  noise(random: Rng): number;
  readonly threshold: number;
  /** Of the first cell of each suite: 0.05 for 5 % slower. */
  readonly slowdown: number;
  readonly seed: string;
}

/** Standard deviation of a pair's log ratio; on a quiet machine 0.013 to 0.015. */
const SPREAD = 0.014;

/** What pairs differ by where nothing does. */
export const NOISES = {
  normal: (random: Rng) => SPREAD * random.normal(),
  /** One pair in 20 has five times the spread: a neighbour that came and went. */
  disturbed: (random: Rng) => (random.integer(20) === 0 ? 5 : 1) * SPREAD * random.normal(),
  /** One pair in 30 is off by half or more, either way: a process that stayed in slow code. */
  spoiled: (random: Rng) =>
    SPREAD * random.normal() + (random.integer(30) === 0 ? 0.6 * Math.sign(random.normal()) : 0),
  /** Both processes of a pair have an exponential delay. */
  skewed: (random: Rng) => (SPREAD / Math.SQRT2) * Math.log((1 - random.uniform()) / (1 - random.uniform())),
} as const;

export interface Rates {
  /** Suites in which a cell that was not changed was named, slower or faster. */
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
    if (others.some((row) => row?.verdict === 'slower' || row?.verdict === 'faster')) alarmed++;
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
  const { cells, pairs, noise, threshold, slowdown } = simulation;
  const shift = Math.log1p(slowdown);
  const draws = Array.from({ length: cells }, (_, i) => () => (i === 0 ? shift : 0) + noise(random));
  return judgeDrawn(draws, pairs, threshold);
}

/**
 * What the judge says of a suite whose pairs are not measured as it asks for them.
 * @param draws for each cell, the log ratio of its next pair; asked for only as long as the cell is open
 * @param pairs of a cell at most
 */
export function judgeDrawn(
  draws: readonly ((pair: number) => number)[],
  pairs: number,
  threshold: number,
): PairedRow[] {
  const judge = new PairedJudge({ threshold: () => threshold });
  const cells = draws.map((_, i) => drawnCell(i));
  let wanted: PairedCell[] = cells;
  for (let pair = 0; pair < pairs && wanted.length > 0; pair++) {
    for (const cell of wanted) cell.logRatios.push(draws[cells.indexOf(cell)]!(pair));
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
