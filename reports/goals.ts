/** What a suite asks of its cells, and what they reached. */
import { markdownTable } from 'markdown-table';
import { usesGpu } from '../kernels/lib/peer.ts';
import { SUBJECTS } from '../models/index.ts';
import { SUITES } from '../suites/index.ts';
import type { Goal, Measure, Suite } from '../suites/suite.ts';
import { digits, percent, ratio } from './format.ts';
import type { Section, Tone } from './page/data.ts';
import { groupBy, isRanked, type Row } from './rows.ts';
import { escapeMarkdown, plainTable } from './text.ts';

export interface GoalCase {
  readonly case: string;
  /** Absent where nothing could be compared. */
  readonly variant?: string;
  readonly measure?: Measure;
  readonly value?: number;
  /** Why there is no value. */
  readonly reason?: string;
}

export interface GoalResult {
  readonly goal: Goal;
  readonly runtime: string;
  /** `missed` where a case that was measured falls short, `not measured` where none does but one is absent. */
  readonly verdict: 'met' | 'missed' | 'not measured';
  /** The farthest from the goal first. */
  readonly cases: readonly GoalCase[];
}

/** The goals of the suites that the rows are of; none where only cells outside of them were measured. */
export function judgeGoals(
  rows: readonly Row[],
  known: readonly Pick<Suite, 'name' | 'goals'>[] = SUITES,
): GoalResult[] {
  const results: GoalResult[] = [];
  const runtimes = groupBy(rows, (row) => row.runtime);
  const [first = []] = runtimes.values();
  for (const [runtime, own] of runtimes) {
    const suites = new Set(own.map(({ suite }) => suite));
    for (const goal of known.filter(({ name }) => suites.has(name)).flatMap(({ goals = [] }) => goals)) {
      if (!own.some((row) => isOf(goal, row)) || !runtime.endsWith(goal.flags ?? '')) continue;
      if (own === first && goal.anyOf.every(({ against }) => against === 'engine')) continue;
      results.push(judge(goal, runtime, { own, first }));
    }
  }
  return results;
}

function isOf(goal: Goal, row: Row): boolean {
  return row.subject === goal.kernel && goal.variants.includes(row.variant) && goal.cases.includes(row.case);
}

/** Of one runtime, and of the first of the run. */
interface Compared {
  readonly own: readonly Row[];
  readonly first: readonly Row[];
}

/** 1 where a measure is just met, more where there is room. */
function nearness(measure: Measure, value: number): number {
  if ('least' in measure) return value / measure.least;
  return value > 0 ? measure.most / value : 1;
}

const isMet = ({ measure, value }: GoalCase): boolean =>
  measure !== undefined && nearness(measure, value!) >= 1;

function judge(goal: Goal, runtime: string, rows: Compared): GoalResult {
  const share = ({ value, measure }: GoalCase) =>
    measure ? nearness(measure, value!) : Number.POSITIVE_INFINITY;
  const cases = goal.cases.map((name) => judgeCase(goal, name, rows)).sort((a, b) => share(a) - share(b));
  const missed = cases.some((each) => share(each) < 1);
  const absent = cases.some(({ value }) => value === undefined);
  return { goal, runtime, verdict: missed ? 'missed' : absent ? 'not measured' : 'met', cases };
}

/** The best variant by the measure that it is nearest to. */
function judgeCase(goal: Goal, name: string, rows: Compared): GoalCase {
  const own = rows.own.filter((row) => row.case === name && isOf(goal, row));
  let best: GoalCase = { case: name, reason: own.find(({ reason }) => reason)?.reason ?? 'not selected' };
  for (const row of own.filter(isRanked)) {
    if (best.value === undefined) best = { case: name, reason: 'nothing to compare it with was measured' };
    for (const measure of goal.anyOf) {
      const value = measured(measure, row, rows);
      if (value === undefined) continue;
      if (!best.measure || nearness(measure, value) > nearness(best.measure, best.value!))
        best = { case: name, variant: row.variant, measure, value };
    }
  }
  return best;
}

function measured(measure: Measure, row: Row, { own, first }: Compared): number | undefined {
  const isRival = (other: Row) => other.subject === row.subject && other.case === row.case && isRanked(other);
  switch (measure.against) {
    case 'bound':
      return shareOf(row);
    case 'arithmetic':
      return quotient(row.gflops, row.peakGflops);
    case 'engine':
      return quotient(
        shareOf(row),
        shareOf(first.find((other) => isRival(other) && other.variant === row.variant)),
      );
    case 'fma': {
      const peaks = own.filter(({ backend, peak }) => backend === 'wasm' && peak === 'fma');
      return quotient(row.gflops, Math.max(0, ...peaks.map(({ peakGflops }) => peakGflops ?? 0)));
    }
    case 'peers':
      return speedup(
        row,
        own.filter((other) => isRival(other) && isWasmPeer(other)),
      );
    case 'variant':
      return speedup(
        row,
        own.filter((other) => isRival(other) && other.variant === measure.variant),
      );
    case 'bits': {
      const other = own.find((each) => isRival(each) && each.variant === measure.variant);
      return quotient(other?.bitsPerByte, row.bitsPerByte);
    }
    case 'tokens':
      return row.rateUnit === 'tok/s' ? row.rate : undefined;
    case 'heap':
      return row.heapBytes === undefined
        ? undefined
        : Math.max(0, Math.round((row.heapBytes + (row.externalBytes ?? 0)) / (row.tokensPerCall ?? 1)));
    case 'collections':
      return row.gcMinor === undefined || row.gcMajor === undefined
        ? undefined
        : (row.gcMinor + row.gcMajor) / (row.tokensPerCall ?? 1);
    case 'held': {
      const bytes = row.rateUnit === 'B/s' ? (row.rate! * row.medianNs!) / 1e9 : undefined;
      return quotient(row.addedBytes, bytes);
    }
  }
}

/** Over the fastest. */
function speedup(row: Row, others: readonly Row[]): number | undefined {
  return others.length > 0 ? Math.min(...others.map(({ medianNs }) => medianNs!)) / row.medianNs! : undefined;
}

const shareOf = (row: Row | undefined) => (row?.impossible ? undefined : row?.fractionOfPeak);
const quotient = (a: number | undefined, b: number | undefined) => (a && b ? a / b : undefined);

function isWasmPeer({ subject, variant, backend }: Row): boolean {
  if (usesGpu({ backend, variant })) return false;
  const kernel = SUBJECTS.find(({ name }) => name === subject);
  return backend === 'peer' && !kernel?.variants.find(({ name }) => name === variant)?.native;
}

/** `97.0 % of what binds it`, `1.40× the fastest WASM peer` */
function measureText(measure: Measure, value: number): string {
  switch (measure.against) {
    case 'bound':
      return `${digits(100 * value)} % of what binds it`;
    case 'arithmetic':
      return `${digits(100 * value)} % of its arithmetic`;
    case 'engine':
      return `${digits(100 * value)} % of its share in the first engine`;
    case 'fma':
      return `${ratio(value)} the FMA peak of a thread`;
    case 'peers':
      return `${ratio(value)} the fastest WASM peer`;
    case 'variant':
      return `${ratio(value)} ${measure.variant}`;
    case 'bits':
      return `${measure.variant} takes ${ratio(value)} as many bits`;
    case 'tokens':
      return `${digits(value)} tok/s`;
    case 'heap':
      return `${digits(value)} bytes allocated a token`;
    case 'collections':
      return `${digits(value)} collections in 1000 tokens`;
    case 'held':
      return `${ratio(value)} its bytes held at once`;
  }
}

const asked = ({ anyOf }: Goal) =>
  anyOf
    .map((measure) =>
      'least' in measure
        ? `≥ ${measureText(measure, measure.least)}`
        : `≤ ${measureText(measure, measure.most)}`,
    )
    .join(', or ');

function reached(each: GoalCase): string {
  if (each.measure === undefined) return each.reason!;
  return measureText(each.measure, each.value!);
}

/** A table; nothing where there are no goals. */
export function goalsText(results: readonly GoalResult[]): string {
  if (results.length === 0) return '';
  const lines = results.map(({ goal, verdict, cases }) => {
    const [worst] = cases as [GoalCase];
    const cell = `${goal.kernel}/${worst.variant ?? goal.variants[0]}@${worst.case}`;
    const met = cases.filter(isMet).length;
    return [goal.work, asked(goal), `${verdict} (${met} of ${cases.length})`, `${reached(worst)}: ${cell}`];
  });
  const table = plainTable(['goal', 'asked', '', 'the case that is farthest from it'], lines, 'left');
  return `\n${table}\n${results.filter(({ verdict }) => verdict === 'met').length} of ${results.length} goals met\n\n`;
}

/** In Markdown, a line for each case. */
export function markdownGoals(results: readonly GoalResult[]): string {
  const lines = results.flatMap(({ goal, cases }) =>
    cases.map((each, i) => [
      ...(i === 0 ? [goal.work, asked(goal)] : ['', '']),
      each.case,
      each.variant ?? '',
      reached(each),
      each.measure ? (isMet(each) ? 'met' : 'missed') : 'not measured',
    ]),
  );
  const head = ['goal', 'asked', 'case', 'variant', 'reached', ''];
  return markdownTable([head, ...lines.map((line) => line.map(escapeMarkdown))]);
}

const TONE: Record<GoalResult['verdict'], Tone> = { met: 'good', missed: 'bad', 'not measured': 'quiet' };

function shareCell({ measure, value }: GoalCase) {
  if (!measure) return { text: '', sort: null };
  const share = nearness(measure, value!);
  return { text: percent(share), sort: share };
}

/** Of the report: a line for each case. */
export function goalsSection(results: readonly GoalResult[]): Section[] {
  if (results.length === 0) return [];
  return [
    {
      id: 'goals',
      title: 'Goals',
      text: 'What the suite asks, and what each case reached: the best of the variants that the goal names. By medians: the intervals are in the tables of the kernels.',
      blocks: [
        {
          type: 'table',
          title: 'Case by case',
          columns: [
            { title: 'goal', wrap: true },
            { title: 'asked', wrap: true },
            { title: '' },
            { title: 'case' },
            { title: 'variant' },
            { title: 'of the goal', numeric: true },
            { title: 'reached', wrap: true },
          ],
          rows: results.flatMap(({ goal, verdict, cases }) =>
            cases.map((each, i) => ({
              startsGroup: i === 0,
              cells: [
                { text: i === 0 ? goal.work : '', sort: goal.work },
                { text: i === 0 ? asked(goal) : '', sort: asked(goal) },
                i === 0 ? { text: verdict, tone: TONE[verdict] } : { text: '', sort: verdict },
                { text: each.case },
                { text: each.variant ?? '' },
                shareCell(each),
                { text: reached(each) },
              ],
            })),
          ),
        },
      ],
    },
  ];
}
