/** A comparison as text: a table for people, csv, json and markdown for everything else. */
import Table from 'cli-table3';
import { csvFormat } from 'd3-dsv';
import { markdownTable } from 'markdown-table';
import { ENOUGH_PROCESSES, FALSE_DIFFERENCES, SAME_WITHIN } from '../harness/stats/difference.ts';
import { digits, duration, percent } from '../reports/format.ts';
import { groupBy } from '../reports/rows.ts';
import { drawn, escapeMarkdown, PLAIN, paint, type Style } from '../reports/text.ts';
import { type ComparedRow, type FileComparison, OLD, type RowVerdict, verdictOf } from './compare.ts';

export const COMPARE_FORMATS = ['table', 'json', 'csv', 'md'] as const;
export type CompareFormat = (typeof COMPARE_FORMATS)[number];

/** Rows, and what else there is to say where two files were compared. */
export type Comparison = Pick<FileComparison, 'rows'> & Partial<FileComparison>;

/** Ends with a newline. Every format but `table` and `md` holds every field. */
export function formatComparison(comparison: Comparison, format: CompareFormat, color = false): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ ...comparison, rows: comparison.rows.map(flat) }, null, 2)}\n`;
    case 'csv':
      return `${csvFormat(comparison.rows.map(flat), [...COLUMNS])}\n`;
    case 'md':
      return document(comparison, markdownSection, '- ');
    case 'table':
      return document(comparison, (title, rows) => tableSection(title, rows, color), '');
  }
}

const COLUMNS = [
  ...['id', 'subject', 'variant', 'backend', 'case', 'runtime', 'baseline', 'status', 'baselineStatus'],
  ...['verdict', 'reason', 'medianNs', 'lowNs', 'highNs', 'baselineNs', 'processes'],
  ...['timeRatio', 'timeRatioLow', 'timeRatioHigh', 'p', 'basis', 'hidden', 'noisy', 'softwareGpu'],
] as const;

/** One level, for files; `timeRatio` is time ÷ time of the baseline. */
function flat({ difference, ...row }: ComparedRow): Record<string, string | number | boolean | undefined> {
  return {
    ...row,
    verdict: verdictOf({ ...row, ...(difference ? { difference } : {}) }),
    timeRatio: difference?.ratio,
    timeRatioLow: difference?.low,
    timeRatioHigh: difference?.high,
    p: difference?.p,
    basis: difference?.basis,
    hidden: difference?.hidden,
  };
}

type Section = (title: string, rows: readonly ComparedRow[]) => string;

function document(comparison: Comparison, section: Section, bullet: string): string {
  const { rows, onlyOld = [], onlyNew = [], hosts = [] } = comparison;
  const head = hosts.map(hostLine);
  const tail = [
    ...onlyOld.map((id) => `only in the old file: ${id}`),
    ...onlyNew.map((id) => `only in the new file: ${id}`),
    ...legend(rows),
    tally(rows),
  ];
  const lines = (texts: string[]) => texts.map((text) => `${bullet}${text}\n`).join('');
  const sections = [...groupBy(rows, (row) => row.subject)].map(([title, group]) => section(title, group));
  return [...(head.length > 0 ? [lines(head)] : []), ...sections, lines(tail)].join('\n');
}

/** `different processor: A, then B`: what the two files do not share apart from the code. */
export function hostLine({ what, old, new: fresh }: NonNullable<Comparison['hosts']>[number]): string {
  return `different ${what}: ${old} in the old file, ${fresh} in the new one`;
}

/** How the numbers are to be read. */
function legend(rows: readonly ComparedRow[]): string[] {
  const compared = rows.flatMap(({ difference }) => difference ?? []);
  if (compared.length === 0) return [];
  const few = compared.filter(({ basis }) => basis === 'samples').length;
  const noisy = rows.filter((row) => row.noisy !== undefined);
  return [
    `intervals: 95 %; same: within ±${100 * SAME_WITHIN} %; of the differences named at most ${100 * FALSE_DIFFERENCES} % are expected to be false`,
    ...(few > 0
      ? [
          `ratios from fewer than ${ENOUGH_PROCESSES} processes: ${few} of ${compared.length}; of them only what is more than 10 % apart is called different`,
        ]
      : []),
    ...(noisy.length > 0
      ? [`noisy: ${noisy.length} of ${rows.length} cells; ${noisy[0]!.id}: ${noisy[0]!.noisy}`]
      : []),
  ];
}

/** `3 faster, 1 slower, 1 wrong` */
export function tally(rows: readonly ComparedRow[]): string {
  const groups = groupBy(rows, verdictOf);
  const parts = ORDER.flatMap((verdict) => {
    const n = groups.get(verdict)?.length;
    return n ? [`${n} ${verdict}`] : [];
  });
  return parts.length > 0 ? parts.join(', ') : 'nothing to compare';
}

const ORDER: readonly RowVerdict[] = [
  ...(['wrong', 'failed', 'slower', 'faster', 'same', 'unclear'] as const),
  ...(['not compared', 'unsupported', 'baseline'] as const),
];

const STYLES: Record<RowVerdict, Style> = {
  wrong: 'red',
  failed: 'red',
  slower: 'red',
  faster: 'green',
  same: 'dim',
  unclear: 'yellow',
  'not compared': 'dim',
  unsupported: 'dim',
  baseline: 'dim',
};

interface Column {
  readonly title: string;
  readonly right?: boolean;
  text(row: ComparedRow): string;
}

function columns(rows: readonly ComparedRow[]): Column[] {
  const several = new Set(rows.map((row) => row.runtime)).size > 1;
  const files = rows.some((row) => row.baseline === OLD);
  const baselines = new Set(rows.map((row) => row.baseline));
  const name = baselines.size === 1 ? [...baselines][0]! : 'the fastest';
  const effect = files ? change : speed;
  return [
    { title: 'case', text: (row) => row.case },
    ...(several ? [{ title: 'runtime', text: (row: ComparedRow) => row.runtime }] : []),
    { title: 'variant', text: (row) => row.variant },
    { title: 'time', right: true, text: time },
    ...(files
      ? [{ title: 'old', right: true, text: ({ baselineNs }: ComparedRow) => nanoseconds(baselineNs) }]
      : []),
    { title: files ? 'time changed by' : `speed ÷ ${name}`, right: true, text: (row) => effect(row)[0] },
    { title: '95 % interval', right: true, text: (row) => effect(row)[1] },
    { title: 'verdict', text: verdictText },
  ];
}

function time({ medianNs, lowNs, highNs }: ComparedRow): string {
  if (medianNs === undefined || lowNs === undefined || highNs === undefined) return '';
  const half = Math.max(highNs - medianNs, medianNs - lowNs) / medianNs;
  return `${duration(medianNs)} ${`±${percent(half)}`.padStart(7)}`;
}

function nanoseconds(ns: number | undefined): string {
  return ns === undefined ? '' : duration(ns);
}

/** How many times as fast as the baseline. */
function speed({ difference }: ComparedRow): [value: string, interval: string] {
  if (!difference) return ['', ''];
  const { ratio, low, high } = difference;
  return [`${digits(1 / ratio)}×`, `${digits(1 / high)} to ${digits(1 / low)}`];
}

/** By how much the time rose or fell. */
function change({ difference }: ComparedRow): [value: string, interval: string] {
  if (!difference) return ['', ''];
  const { ratio, low, high } = difference;
  const signed = (x: number) => `${x >= 1 ? '+' : '−'}${digits(100 * Math.abs(x - 1), 2)}`;
  return [`${signed(ratio)} %`, `${signed(low)} to ${signed(high)} %`];
}

function verdictText(row: ComparedRow): string {
  const verdict = verdictOf(row);
  if (row.reason) return `${verdict}: ${row.reason.replace(/\s+/g, ' ')}`;
  const gpu = row.softwareGpu ? ', software GPU' : '';
  const { hidden } = row.difference ?? {};
  return `${verdict}${hidden === undefined ? '' : `: up to ${percent(hidden)} either way is possible`}${gpu}`;
}

function tableSection(title: string, rows: readonly ComparedRow[], color: boolean): string {
  const cols = columns(rows);
  const out = new Table(PLAIN);
  const align = (column: Column) => (column.right ? ('right' as const) : ('left' as const));
  out.push(cols.map((column) => ({ content: paint(column.title, 'dim', color), hAlign: align(column) })));
  let before: string | undefined;
  for (const row of rows) {
    const first = row.case !== before;
    if (first && before !== undefined && row.baseline !== OLD)
      out.push([{ content: '', colSpan: cols.length }]);
    before = row.case;
    const style = STYLES[verdictOf(row)];
    out.push(
      cols.map((column) => {
        const text = column.title === 'case' && !first ? '' : column.text(row);
        return {
          content: column.title === 'verdict' ? paint(text, style, color) : text,
          hAlign: align(column),
        };
      }),
    );
  }
  return `${paint(title, 'bold', color)}\n${drawn(out)}\n`;
}

function markdownSection(title: string, rows: readonly ComparedRow[]): string {
  const cols = columns(rows);
  const body = rows.map((row) => cols.map((column) => escapeMarkdown(column.text(row))));
  const align = cols.map((column) => (column.right ? 'r' : 'l'));
  return `### ${escapeMarkdown(title)}\n\n${markdownTable([cols.map((column) => column.title), ...body], { align })}\n`;
}
