/**
 * How often the harness calls identical kernels different, through the pipeline of `zoo compare`: fresh processes in
 * shuffled rounds, process medians, the interval and verdict of `stats/difference.ts`.
 */
import { loadKernels } from '../catalogue.ts';
import { makePlan } from '../plan.ts';
import type { TimeSummary, ZooRecord } from '../record.ts';
import { moduleFile } from '../root.ts';
import { run } from '../run.ts';
import { type Difference, judgeTable, timeRatio } from '../stats/difference.ts';
import { median, medianInterval } from '../stats/median.ts';
import { mergeReplicates, processInterval } from '../stats/replicates.ts';
import type { Share } from '../stats/share.ts';

/** Processes a side of one comparison, as `zoo compare` has them. */
export const PROCESSES = 5;
/** What is added by calculation to see whether it is found. */
const ADDED = 0.05;

export interface OrderEffect {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** The shares are of comparisons. */
export interface SelfTest {
  /** Comparisons that named a difference; each has processes of its own. */
  readonly different: Share;
  /** The same with the two names swapped in every possible set of rounds: more comparisons, of the same processes. */
  readonly relabelled: Share;
  /** Comparisons in which a slowdown of 5 %, multiplied into the times of one side, was named. */
  readonly found: Share;
  /** Time when measured second ÷ when measured first within a round, with a 95 % interval. */
  readonly order: OrderEffect | undefined;
  /** Cells that could not be compared, with their reasons. */
  readonly problems: readonly string[];
}

/** Measures for `ms` milliseconds, or until the signal, and judges what is complete by then. */
export async function measureTwins(file: string, ms: number, signal: AbortSignal): Promise<ZooRecord[]> {
  const files = { kernels: [moduleFile('harness/self/twins.ts')], variants: [] };
  const plan = makePlan(await loadKernels(files), { selectors: ['twins'] });
  // More rounds than fit: time decides.
  const budget = { sampleMs: 30, warmupMs: 30, minSamples: 7, processes: 10_000, limitMs: 60_000 };
  const stop = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  return run({ ...plan, budget }, { file, files, engine: 'tinybench', memory: false, signal: stop });
}

/** Both sides of one case in one round, in nanoseconds. */
interface Pair {
  readonly first: number;
  readonly second: number;
}

/** Pure, so that its own rates can be simulated. Records are in the order in which they were measured. */
export function judgeTwins(records: readonly ZooRecord[]): SelfTest {
  const rounds = pairsByRound(records);
  const cases = [...new Set(records.map((record) => record.case))];
  const different = { hits: 0, of: 0 };
  const relabelled = { hits: 0, of: 0 };
  const found = { hits: 0, of: 0 };
  for (let at = 0; at + PROCESSES <= rounds.length; at += PROCESSES) {
    const set = rounds.slice(at, at + PROCESSES);
    for (const name of cases) {
      const pairs = set.flatMap(({ pairs }) => pairs.get(name) ?? []);
      if (pairs.length < PROCESSES) continue;
      count(different, isNamed(compare(pairs)));
      const slower = pairs.map(({ first, second }) => ({ first, second: second * (1 + ADDED) }));
      count(found, compare(slower).verdict === 'slower');
      // Swapping all is swapping none with the sides exchanged: the last round keeps its names.
      for (let swaps = 0; swaps < 2 ** (PROCESSES - 1); swaps++) {
        const swapped = pairs.map((pair, i) =>
          swaps & (1 << i) ? { first: pair.second, second: pair.first } : pair,
        );
        count(relabelled, isNamed(compare(swapped)));
      }
    }
  }
  const problems = mergeReplicates(records.filter(({ status }) => status !== 'ok')).map(
    ({ id, status, reason }) => `${id}: ${status}: ${reason ?? 'no reason given'}`,
  );
  return { different, relabelled, found, order: orderEffect(rounds), problems };
}

interface Round {
  readonly pairs: Map<string, Pair>;
  /** Which of the two names was measured first. */
  readonly leader: 'first' | 'second';
}

/** Complete rounds only: one that the clock cut off has no second half. */
function pairsByRound(records: readonly ZooRecord[]): Round[] {
  const rounds: Round[] = [];
  const last = Math.max(-1, ...records.map(({ replicate }) => replicate));
  for (let replicate = 0; replicate <= last; replicate++) {
    const own = records.filter((record) => record.replicate === replicate);
    const pairs = new Map<string, Pair>();
    for (const record of own) {
      const other = own.find(({ variant, case: name }) => variant === 'second' && name === record.case);
      if (record.variant !== 'first' || !record.time || !other?.time) continue;
      pairs.set(record.case, { first: record.time.medianNs, second: other.time.medianNs });
    }
    if (pairs.size > 0) rounds.push({ pairs, leader: own[0]!.variant as Round['leader'] });
  }
  return rounds;
}

function compare(pairs: readonly Pair[]): Difference {
  const side = (
    medians: number[],
  ): Pick<TimeSummary, 'medianNs' | 'ciLowNs' | 'ciHighNs'> & {
    processMediansNs: number[];
  } => {
    const { median, low, high } = processInterval(medians)!;
    return { medianNs: median, ciLowNs: low, ciHighNs: high, processMediansNs: medians };
  };
  const ratio = timeRatio(side(pairs.map(({ first }) => first)), side(pairs.map(({ second }) => second)));
  // Judged alone: in a table of several, more would have to be shown.
  return judgeTable([ratio])[0]!;
}

function isNamed({ verdict }: Difference): boolean {
  return verdict === 'faster' || verdict === 'slower';
}

function count(share: { hits: number; of: number }, hit: boolean): void {
  share.of++;
  if (hit) share.hits++;
}

/**
 * The round is the replicate, since its cases share the two processes; medians, because a round during which the machine
 * was busy with something else says nothing about order.
 */
function orderEffect(rounds: readonly Round[]): SelfTest['order'] {
  if (rounds.length < PROCESSES) return undefined;
  const ratios = rounds.map(({ pairs, leader }) => {
    const ratio = median([...pairs.values()].map(({ first, second }) => second / first));
    return leader === 'first' ? ratio : 1 / ratio;
  });
  const interval = medianInterval(ratios);
  return { ratio: interval.median, low: interval.low, high: interval.high };
}
