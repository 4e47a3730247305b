/** `zoo gate --self-test`: the figures of ci/self-test.ts, printed against their goals. */
import {
  type Figure,
  isMet,
  judgeMeasured,
  LEAST_PAIRS,
  measured,
  noiseOf,
  pairsOfSuite,
  simulated,
} from '../ci/self-test.ts';
import { buildWasm } from '../harness/build-wasm.ts';
import { shareInterval } from '../harness/stats/share.ts';
import { change, digits } from '../reports/format.ts';
import { plainTable } from '../reports/text.ts';

/** Of each figure. */
const SUITES = 10_000;
const EXIT_MISSED = 1;
const EXIT_INCONCLUSIVE = 3;
/** Rounds after which progress is told. */
const TOLD = 20;

/** @param minutes of measuring; 0 simulates only */
export async function selfTestOfGate(minutes: number): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const started = performance.now();
  const figures = simulated(SUITES, (what) => say(`simulating ${SUITES} suites: ${what}`));
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(
    `simulated: ${SUITES} suites a line, at most 60 pairs a cell, a pair of unchanged code spreads by 1.4 % (${seconds} s)\n\n${table(figures)}\n`,
  );
  const missed = figures.filter((figure) => !isMet(figure));
  if (minutes > 0) missed.push(...(await onThisMachine(minutes, say)));
  for (const { what, noise, cells } of missed)
    say(`goal missed: ${what}, ${noise}, ${cells} ${cells === 1 ? 'cell' : 'cells'}`);
  if (missed.length > 0) process.exitCode = EXIT_MISSED;
}

async function onThisMachine(minutes: number, say: (text: string) => void): Promise<Figure[]> {
  await buildWasm();
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  say(`measuring the same code against itself, and slowed, for ${minutes} min`);
  const pairs = await measured(minutes * 60_000, stop.signal, (round) => {
    if (round % TOLD === 0) say(`${round} pairs`);
  });
  process.off('SIGINT', interrupt);
  for (const note of pairs.notes) say(note);
  const cells = noiseOf(pairs).map(({ id, more, spread, change: { mean, low, high } }) => [
    id,
    `${more} %`,
    change(Math.exp(mean)),
    `${change(Math.exp(low))} to ${change(Math.exp(high))}`,
    `${digits(100 * spread, 2)} %`,
  ]);
  const head = ['cell', 'put in', 'measured', '95 % interval', 'spread of a pair'];
  process.stdout.write(
    `\non this machine: ${pairs.rounds} pairs of each cell, a pair of one cell takes ${digits(pairs.secondsPerPair, 2)} s\n\n${plainTable(head, cells, ['left', 'right', 'right', 'right', 'right'])}\n`,
  );
  if (pairs.rounds < LEAST_PAIRS) {
    say(`${pairs.rounds} pairs are not one suite of ${LEAST_PAIRS}: give it more --minutes`);
    process.exitCode = EXIT_INCONCLUSIVE;
    return [];
  }
  const figures = judgeMeasured(pairs, SUITES);
  process.stdout.write(
    `\nsuites of ${pairsOfSuite(pairs)} pairs, a minute of each cell at most\n\n${table(figures)}\n`,
  );
  return figures.filter((figure) => !isMet(figure));
}

const HEAD = ['', 'noise', 'threshold', 'cells', 'share', '95 % interval', 'goal', 'pairs', 'as faster'];

function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, noise, threshold, cells, share, goal, pairs, reversed } = figure;
    const { low, high } = shareInterval(share);
    const stated =
      goal === undefined ? '' : 'most' in goal ? `≤ ${shown(goal.most)}` : `≥ ${shown(goal.least)}`;
    return [
      ...[what, noise, shown(threshold), String(cells)],
      ...[
        `${shown(share.hits / share.of)} (${share.hits} of ${share.of})`,
        `${shown(low)} to ${shown(high)}`,
      ],
      isMet(figure) ? stated : `${stated} missed`.trim(),
      pairs === undefined || Number.isNaN(pairs) ? '' : String(pairs),
      reversed === undefined ? '' : String(reversed),
    ];
  });
  const right = 'right' as const;
  return plainTable(HEAD, rows, ['left', 'left', right, right, right, right, 'left', right, right]);
}

/** A share in percent, with two digits behind the point where it is small or nearly all. */
function shown(fraction: number): string {
  return `${Number((100 * fraction).toFixed(2))} %`;
}
