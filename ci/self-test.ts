/**
 * The gate's own quality, for `zoo gate --self-test`: how often it raises an alarm where nothing differs, and how often it finds a slowdown
 * that is known. Simulated, with pairs that are drawn; and on this machine, with pairs that are measured. Both are judged by the code
 * that judges a pull request (paired.ts).
 */
import { buildWasm } from '../harness/build-wasm.ts';
import { loadKernels } from '../harness/catalogue.ts';
import { UsageError } from '../harness/errors.ts';
import { measurePairs, type PairedCell, type PairOptions } from '../harness/pairs.ts';
import { type Group, makePlan } from '../harness/plan.ts';
import { IS_COMPILED, moduleFile, ROOT } from '../harness/root.ts';
import { openRuntime } from '../harness/runtimes/index.ts';
import { GATE_CELLS, SLOWDOWNS, UNCHANGED } from '../harness/self/gate-cells.ts';
import type { Range } from '../harness/stats/anytime.ts';
import type { Share } from '../harness/stats/share.ts';
import { probe } from '../harness/supervise.ts';
import { BUDGET } from './against-base.ts';
import { checkOutBase, inBase } from './base.ts';
import { changeOf, FALSE_ALARMS } from './paired.ts';
import { judgeDrawn, NOISES, type Simulation, simulate } from './paired-rates.ts';

/** One figure, and what it has to be. */
export interface Figure {
  readonly what: string;
  readonly noise: string;
  readonly threshold: number;
  readonly cells: number;
  readonly share: Share;
  /** `most` of the share or `least`; a figure without either is told and not judged. */
  readonly goal?: { readonly most: number } | { readonly least: number };
  /** Median number of pairs until it was found. */
  readonly pairs?: number;
  /** Slowdowns that were reported as speed-ups; the goal is 0. */
  readonly reversed?: number;
}

export function isMet({ share, goal, reversed = 0 }: Figure): boolean {
  const fraction = share.hits / share.of;
  if (reversed > 0) return false;
  if (goal === undefined) return true;
  return 'most' in goal ? fraction <= goal.most : fraction >= goal.least;
}

/** Within which a slowdown is to be found. */
const SECONDS = 60;
/** Pairs within that time on a quiet machine: a pair is two processes of half a second. */
const PAIRS = 60;
/** Cells of a suite. */
const CELLS = 20;

const ALARM = { what: 'nothing changed: any cell named', goal: { most: FALSE_ALARMS } };

/** Slowdown, threshold, and the goal where the cell is alone; among others more has to be shown, and at the threshold half is right. */
const INJECTED: readonly (readonly [slowdown: number, threshold: number, least?: number])[] = [
  [0.1, 0.03, 0.99],
  [0.05, 0.03, 0.99],
  [0.03, 0.03],
  [0.02, 0, 0.95],
  [0.01, 0, 0.8],
];

/** @param suites of each figure; the goals are stated for 10,000 */
export function simulated(suites: number, onProgress: (what: string) => void): Figure[] {
  const common = { suites, pairs: PAIRS, seed: 'self-test' };
  const alarms = [0.03, 0].flatMap((threshold) =>
    Object.entries(NOISES).map(([name, noise]) => {
      onProgress(`${ALARM.what}, ${name}`);
      return alarmFigure(name, { ...common, cells: CELLS, noise, threshold, slowdown: 0 });
    }),
  );
  const found = INJECTED.flatMap(([slowdown, threshold, least]) =>
    [1, CELLS].map((cells) => {
      onProgress(`${percent(slowdown)} slower among ${cells}`);
      const simulation = { ...common, cells, noise: NOISES.normal, threshold, slowdown };
      return foundFigure('normal', simulation, cells === 1 ? least : undefined);
    }),
  );
  const spoiled = { ...common, cells: 1, noise: NOISES.spoiled, threshold: 0.03, slowdown: 0.05 };
  onProgress('5 % slower, spoiled');
  return [...alarms, ...found, foundFigure('spoiled', spoiled, 0.99)];
}

function alarmFigure(noise: string, simulation: Simulation): Figure {
  const { suites, cells, threshold } = simulation;
  return { ...ALARM, noise, threshold, cells, share: { hits: simulate(simulation).alarmed, of: suites } };
}

function foundFigure(noise: string, simulation: Simulation, least: number | undefined): Figure {
  const { suites, cells, threshold, slowdown } = simulation;
  const { found, reversed, pairsToFind } = simulate(simulation);
  return {
    ...{ what: `${percent(slowdown)} slower: found`, noise, threshold, cells },
    ...{ share: { hits: found, of: suites }, pairs: pairsToFind, reversed },
    ...(least === undefined ? {} : { goal: { least } }),
  };
}

function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`;
}

export interface Measured {
  readonly rounds: number;
  /** Of one pair of one cell, whose processes measure nothing else. */
  readonly secondsPerPair: number;
  readonly cells: readonly PairedCell[];
  /** What a reader must know. */
  readonly notes: readonly string[];
}

/**
 * Pairs of the cells of harness/self/gate-cells.ts, the base in the worktree of HEAD as `zoo gate --base HEAD` has it, until time is up.
 * Nothing is decided meanwhile: the suites are cut out of the rounds afterwards.
 */
export async function measured(
  ms: number,
  signal: AbortSignal,
  onProgress: (round: number) => void,
): Promise<Measured> {
  const candidate = moduleFile('harness/self/gate-candidate.ts');
  const { file: base, notes } = await baseFile();
  const files = {
    candidate: { kernels: [candidate], variants: [] },
    base: { kernels: [base], variants: [] },
  };
  const selectors = GATE_CELLS.map(({ id }) => id);
  const { groups } = makePlan(await loadKernels(files.candidate), { selectors });
  const runtime = await openRuntime('node', { files: files.candidate });
  try {
    const lane = runtime.lanes[0]!;
    const host = { ...(await probe(lane, [])).host, runtime: 'node' };
    const common = { files, lane, host, budget: BUDGET, signal, onResult() {}, needsBytes: () => false };
    const alone = groups.map((group) => ({ ...group, cells: group.cells.slice(0, 1) }));
    const secondsPerPair = await secondsOf(alone, common);
    let started = Number.NaN;
    let rounds = 0;
    const cells = await measurePairs(groups, {
      ...common,
      next(all) {
        // The first pair also checks every case and counts bytes: many times what the others take.
        if (rounds === 0) started = performance.now();
        rounds++;
        onProgress(rounds);
        return performance.now() - started < ms ? all : [];
      },
    });
    const broken = cells
      .flatMap(({ results }) => [...results.base, ...results.candidate])
      .find(({ status }) => status !== 'ok');
    if (broken) throw new Error(`a cell of the self-test was ${broken.status}: ${broken.reason}`);
    return { rounds, secondsPerPair, cells, notes };
  } finally {
    await runtime.close();
  }
}

/** Pairs whose time is taken. */
const TIMED_PAIRS = 5;

/** Seconds that a pair of each of the groups takes. */
async function secondsOf(groups: readonly Group[], options: Omit<PairOptions, 'next'>): Promise<number> {
  let started = Number.NaN;
  await measurePairs(groups, {
    ...options,
    next(all, round) {
      if (round === 0) started = performance.now();
      return round < TIMED_PAIRS ? all : [];
    },
  });
  return (performance.now() - started) / 1000 / TIMED_PAIRS / groups.length;
}

/** In a clone that of another tree, whose path and whose compiled code are not the candidate's; the package has one tree only. */
async function baseFile(): Promise<{ file: string; notes: string[] }> {
  const own = moduleFile('harness/self/gate-base.ts');
  if (IS_COMPILED) return { file: own, notes: ['an installed package: both sides are the same files'] };
  const base = checkOutBase('HEAD', ROOT);
  const file = inBase(own, base);
  if (!file) throw new UsageError(`HEAD (${base.commit.slice(0, 12)}) has no self-test of the gate yet`);
  await buildWasm(() => {}, base.folder);
  return {
    file,
    notes: base.here.dirty ? ['the working tree has changes: they are part of the difference'] : [],
  };
}

/** 5 % takes about twelve where pairs spread by 1.4 %. */
export const LEAST_PAIRS = 12;

/** Pairs of one suite that is measured: those that this machine makes of one cell within the time, but no more than there are. */
export function pairsOfSuite({ secondsPerPair, rounds }: Measured): number {
  return Math.min(rounds, Math.max(LEAST_PAIRS, Math.floor(SECONDS / secondsPerPair)));
}

export interface CellNoise {
  readonly id: string;
  /** Standard deviation of the log ratios. */
  readonly spread: number;
  /** Of the ratio's logarithm: what it is to be is log(1 + more). */
  readonly change: Range;
  readonly more: number;
}

/** Of every cell, what was measured against what was put in. */
export function noiseOf({ cells }: Measured): CellNoise[] {
  return cells.map(({ cell, logRatios }) => {
    const mean = logRatios.reduce((sum, x) => sum + x, 0) / logRatios.length;
    const variance = logRatios.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (logRatios.length - 1);
    return {
      ...{ id: cell.id, more: moreOf(cell.id), spread: Math.sqrt(variance) },
      change: changeOf(logRatios),
    };
  });
}

function moreOf(id: string): number {
  return GATE_CELLS.find((known) => known.id === id)!.more;
}

/**
 * Measured suites as they were; then the same pairs drawn with replacement, those of unchanged cells with a random sign, as suites of
 * 20 cells with as many pairs. Drawn pairs are more suites, of the same pairs: what was not seen in them is not in these figures either.
 */
export function judgeMeasured(measured: Measured, suites: number): Figure[] {
  const { cells } = measured;
  const pairs = pairsOfSuite(measured);
  const threshold = 0.03;
  const rounds = Math.min(...cells.map(({ logRatios }) => logRatios.length));
  const starts = Array.from({ length: Math.floor(rounds / pairs) }, (_, i) => i * pairs);
  const ofMore = (more: number) => cells.filter(({ cell }) => moreOf(cell.id) === more);
  const unchanged = ofMore(UNCHANGED);
  const judged = (own: readonly PairedCell[], start: number) =>
    judgeDrawn(
      own.map(
        ({ logRatios }) =>
          (pair: number) =>
            logRatios[start + pair]!,
      ),
      pairs,
      threshold,
    ).map(({ verdict }) => verdict);
  const alarms = starts.filter((start) => judged(unchanged, start).some(isNamed)).length;
  const measuredAs = { noise: 'measured', threshold, cells: unchanged.length };
  const pool = unchanged.flatMap(({ logRatios }) => logRatios);
  const drawn = {
    ...{ suites, cells: CELLS, pairs, threshold, slowdown: 0, seed: 'drawn' },
    noise: (random: Parameters<Simulation['noise']>[0]) =>
      pool[random.integer(pool.length)]! * (random.integer(2) === 0 ? 1 : -1),
  };
  return [
    { ...ALARM, ...measuredAs, share: { hits: alarms, of: starts.length } },
    ...SLOWDOWNS.map((more): Figure => {
      const verdicts = starts.flatMap((start) =>
        ofMore(more).map((slow) => {
          const others = unchanged.filter(({ cell }) => cell.variant !== slow.cell.variant);
          return judged([slow, ...others], start)[0]!;
        }),
      );
      return {
        ...{ what: `${more} % slower: found`, ...measuredAs },
        share: { hits: verdicts.filter((v) => v === 'slower').length, of: verdicts.length },
        reversed: verdicts.filter((v) => v === 'faster').length,
        ...(more > 3 ? { goal: { least: 0.99 } } : {}),
      };
    }),
    alarmFigure('drawn from measured', drawn),
    foundFigure('drawn from measured', { ...drawn, cells: 1, slowdown: 0.05 }, 0.99),
  ];
}

function isNamed(verdict: string): boolean {
  return verdict === 'slower' || verdict === 'faster';
}
