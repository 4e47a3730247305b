/** Rows as text: tables for people, csv, json and markdown for everything else, and the closing lines of a run. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { csvFormat } from 'd3-dsv';
import { markdownTable } from 'markdown-table';
import {
  ENGINES_LEGEND,
  type EngineGrid,
  engineCell,
  engineGrids,
  engineSpeeds,
  speedsTitle,
} from './engines.ts';
import { byteSize, duration, errorText, marks, peakText, rateText, ratio, spread } from './format.ts';
import { junitRows } from './junit.ts';
import { belowTopTier, groupBy, problems, type Row, type Verdict } from './rows.ts';
import { tokenTable } from './tokens.ts';
import { bencher, githubActionBenchmark } from './trackers.ts';

export const FORMATS = [
  ...(['table', 'json', 'jsonl', 'csv', 'md', 'junit'] as const),
  ...(['github-action-benchmark', 'bencher'] as const),
] as const;
export type Format = (typeof FORMATS)[number];

export interface TextOptions {
  /** Default: {@link wantsColor} of standard output. */
  readonly color?: boolean;
  /** Columns that a table may take; 140. */
  readonly width?: number;
}

/** Colour only on a terminal, and not where `NO_COLOR` (no-color.org) is set to something. */
export function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}

/** Ends with a newline. Every format but `table` and `md` holds every field of every row. */
export function formatRows(rows: readonly Row[], format: Format, options: TextOptions = {}): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(rows, null, 2)}\n`;
    case 'jsonl':
      return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    case 'csv':
      return `${csvFormat(rows, [...COLUMNS_CSV])}\n`;
    case 'md':
      return markdown(rows);
    case 'junit':
      return junitRows(rows);
    case 'github-action-benchmark':
      return githubActionBenchmark(rows);
    case 'bencher':
      return bencher(rows);
    case 'table':
      return tables(rows, options.color ?? wantsColor(process.stdout), options.width ?? 140);
  }
}

/** In the order of {@link Row}; fixed, so that a file has the same columns whatever was measured. */
const COLUMNS_CSV = [
  ...['id', 'subject', 'kind', 'variant', 'backend', 'case', 'from', 'suite', 'runtime'],
  ...['status', 'verdict', 'reason'],
  ...['medianNs', 'lowNs', 'highNs', 'minNs', 'p99Ns', 'coldNs', 'processes', 'samples'],
  ...['steady', 'bimodal', 'outliers'],
  ...['gflops', 'gbps', 'rate', 'rateUnit', 'timesNaive', 'timesNaiveLow', 'timesNaiveHigh'],
  ...['fractionOfPeak', 'bound', 'peakGflops', 'peakGbps', 'flops', 'bytes'],
  ...['peak', 'level', 'fractionOfJs', 'impossible'],
  ...['maxError', 'metric', 'tolerance', 'where', 'checks', 'heapBytes', 'externalBytes', 'softwareGpu'],
  ...['tier', 'tierShare', 'deopts', 'warmCalls'],
  ...['tokensPerCall', 'cacheBytes', 'firstTokenNs', 'tokenP50Ns', 'tokenP90Ns', 'tokenP99Ns', 'hitRate'],
  ...['bitsPerByte', 'gcMinor', 'gcMajor', 'gcMs', 'peakBytes', 'addedBytes'],
  ...['noisy', 'notes', 'clock', 'softwareAsked'],
] as (keyof Row)[];

interface Column {
  readonly title: string;
  readonly right?: boolean;
  text(row: Row): string;
}

const TIME: Column = {
  title: 'time',
  right: true,
  text: (row) =>
    row.medianNs === undefined ? '' : `${duration(row.medianNs)}${marks(row)} ${spread(row).padStart(7)}`,
};
const RATE: Column = {
  title: 'rate',
  right: true,
  text: (row) => (row.rate === undefined || !row.rateUnit ? '' : rateText(row.rate, row.rateUnit)),
};
const TIMES_NAIVE: Column = {
  title: '× naive',
  right: true,
  text: (row) => (row.timesNaive === undefined ? '' : ratio(row.timesNaive)),
};
const PEAK: Column = { title: 'of peak', right: true, text: peakText };
const ERROR: Column = {
  title: 'max error',
  right: true,
  text: (row) => (row.maxError === undefined ? '' : `${errorText(row.maxError)} ${row.metric ?? ''}`.trim()),
};
const BYTES: Column = {
  title: 'memory',
  right: true,
  text: (row) => {
    if (row.heapBytes === undefined && row.externalBytes === undefined) return '';
    return byteSize(roundTiny(row.heapBytes ?? 0) + roundTiny(row.externalBytes ?? 0));
  },
};

/** Less than a byte in a hundred calls is the method's noise. */
function roundTiny(bytes: number): number {
  return Math.abs(bytes) < 0.01 ? 0 : bytes;
}

function columns(rows: readonly Row[]): Column[] {
  const several = new Set(rows.map((row) => row.runtime)).size > 1;
  return [
    { title: 'case', text: (row) => row.case },
    ...(several ? [{ title: 'runtime', text: (row: Row) => row.runtime }] : []),
    { title: 'variant', text: (row) => row.variant },
    ...[TIME, RATE, TIMES_NAIVE, PEAK, ERROR, BYTES],
    { title: 'verdict', text: verdictText },
  ];
}

function verdictText(row: Row): string {
  if (row.status !== 'ok') return `${row.verdict}: ${oneLine(row.reason ?? '')}`;
  const marks = [row.softwareGpu && 'software GPU', row.noisy !== undefined && 'noisy'];
  return [row.verdict, ...marks.filter((mark) => mark !== false)].join(', ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function tables(rows: readonly Row[], color: boolean, width: number): string {
  const grids = engineGrids(rows);
  if (grids.length > 0)
    return `${grids.map((grid) => engineTable(grid, color)).join('\n')}\n${ENGINES_LEGEND.join('\n')}\nevery figure of a cell: --format csv, or the report\n`;
  return [...groupBy(rows, (row) => row.subject)]
    .map(
      ([subject, group]) =>
        `${paint(subject, 'bold', color)}\n${table(group, color, width)}\n${byTheToken(group)}`,
    )
    .join('\n');
}

/** A second table of a pipeline that is counted in tokens, or of a compressor. */
function byTheToken(rows: readonly Row[]): string {
  const { head, lines } = tokenTable(rows);
  return lines.length > 0 ? `\n${plainTable(head, lines)}\n` : '';
}

/** Variants down, engines across; the times alone, since everything else would not fit. */
function engineTable(grid: EngineGrid, color: boolean): string {
  const { subject, case: name, runtimes, lines, fastest } = grid;
  const out = new Table({
    ...PLAIN,
    colAligns: ['left', ...runtimes.map(() => 'right' as const)],
  });
  out.push(['', ...runtimes].map((title) => paint(title, 'dim', color)));
  for (const { variant, rows } of lines) {
    const cells = rows.map((row, i) => {
      const text = engineCell(row, fastest[i]);
      if (!row) return text;
      return row === fastest[i] ? paint(text, 'green', color) : fade(text, row, color);
    });
    out.push([variant, ...cells]);
  }
  out.push([speedsTitle(grid), ...engineSpeeds(grid)].map((text) => paint(text, 'dim', color)));
  const body = drawn(out);
  return `${paint(subject, 'bold', color)}  ${name}\n${body}\n`;
}

/** Texts under headings: the first and the last column to the left, between them `align`, unless it says each. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'left' | 'right' | readonly ('left' | 'right')[] = 'right',
): string {
  const out = new Table({
    head: [...head],
    colAligns:
      typeof align === 'string'
        ? head.map((_, i) => (i === 0 || i === head.length - 1 ? 'left' : align))
        : [...align],
    ...PLAIN,
  });
  out.push(...rows.map((row) => [...row]));
  return drawn(out);
}

/** No vertical rules: two spaces between columns, a line under the head and between cases. */
export const PLAIN = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** Without the spaces that fill the last column. */
export function drawn(table: Table.Table): string {
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function table(rows: readonly Row[], color: boolean, width: number): string {
  const cols = columns(rows);
  const texts = rows.map((row) => cols.map((column) => column.text(row)));
  const widths = cols.map((column, i) =>
    Math.max(column.title.length, ...texts.map((line) => line[i]!.length)),
  );
  const last = cols.length - 1;
  const gaps = 2 * last;
  const others = widths.slice(1, last).reduce((a, b) => a + b, 0);
  // Long names of cases break at their commas; the verdict's reason, which the closing lines repeat in full, is cut.
  const piece = Math.max(...rows.flatMap((row) => row.case.split(',')).map((part) => part.length + 1));
  const caseWidth = Math.min(widths[0]!, Math.max(piece, width - gaps - others - 28));
  const verdictWidth = Math.max(12, width - gaps - others - caseWidth);
  const out = new Table({
    ...PLAIN,
  });
  out.push(cols.map((column) => ({ content: paint(column.title, 'dim', color), hAlign: align(column) })));
  let at = 0;
  for (const group of groupBy(rows, (row) => row.case).values()) {
    const name = breakAtCommas(group[0]!.case, caseWidth);
    if (at > 0) out.push([{ content: '', colSpan: cols.length }]);
    for (const [i, row] of group.entries()) {
      const line = texts[at++]!;
      out.push(
        cols.map((column, c) => {
          if (c === 0) return { content: name[i] ?? '', vAlign: 'top' as const };
          if (c < last) return { content: fade(line[c]!, row, color), hAlign: align(column) };
          return { content: paint(cut(line[c]!, verdictWidth), VERDICT_STYLE[row.verdict], color) };
        }),
      );
    }
    // A name with more pieces than its case has rows.
    for (const piece of name.slice(group.length))
      out.push([piece, { content: '', colSpan: cols.length - 1 }]);
  }
  return drawn(out);
}

const align = (column: Column): 'left' | 'right' => (column.right ? 'right' : 'left');

/** Words of at most `width` columns; a piece without a comma that is longer stays whole. */
function breakAtCommas(name: string, width: number): string[] {
  const lines: string[] = [];
  for (const piece of name.split(/(?<=,)/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + piece.length <= width) lines[lines.length - 1] = line + piece;
    else lines.push(piece);
  }
  return lines;
}

/** At most so many characters. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

export type Style = Parameters<typeof styleText>[0];

const VERDICT_STYLE: Record<Verdict, Style> = {
  ok: 'green',
  'ok (approx.)': 'cyan',
  'ok (exhibit)': 'cyan',
  wrong: 'red',
  failed: 'red',
  unsupported: 'dim',
};

export function paint(text: string, style: Style, color: boolean): string {
  // validateStream would look at NO_COLOR and the terminal again; the caller has decided.
  return color && text !== '' ? styleText(style, text, { validateStream: false }) : text;
}

function fade(text: string, row: Row, color: boolean): string {
  return row.softwareGpu ? paint(text, 'dim', color) : text;
}

function markdown(rows: readonly Row[]): string {
  return [...groupBy(rows, (row) => row.subject)]
    .map(([subject, group]) => `### ${escapeMarkdown(subject)}\n\n${markdownCells(group)}\n`)
    .join('\n');
}

/** Of one kernel. */
export function markdownCells(rows: readonly Row[]): string {
  const cols = columns(rows);
  const head = cols.map((column) => column.title);
  const body = rows.map((row) => cols.map((column) => escapeMarkdown(oneLine(column.text(row)))));
  return markdownTable([head, ...body], { align: cols.map((column) => (column.right ? 'r' : 'l')) });
}

/** What would end a cell or start markup in it. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, (character) => `\\${character}`);
}

/** Names that a person still takes in at a glance. */
const FEW = 4;
/** Groups of one kind of problem before the rest is only counted. */
const MANY = 8;

const KINDS_OF_OK = [
  ['ok (approx.)', 'approximation'],
  ['ok (exhibit)', 'exhibit'],
] as const;

/** The last lines of a run: how many are ok, what is not and why, and where everything lies. Ends with a newline. */
export function closing(
  rows: readonly Row[],
  files: { readonly recordsFile?: string; readonly reportFile?: string } = {},
): string {
  const ok = rows.filter((row) => row.status === 'ok').length;
  const marked = KINDS_OF_OK.map(([verdict, name]) => ({
    name,
    rows: rows.filter((row) => row.verdict === verdict),
  })).filter((mark) => mark.rows.length > 0);
  const counts = marked.map((mark) => `, ${mark.rows.length} of them ${mark.name}s`);
  const lines = [`${ok} of ${cells(rows.length)} ok${counts.join('')}`];
  for (const mark of marked) {
    for (const group of groupBy(mark.rows, (row) => `${row.subject}/${row.variant}`).values()) {
      const worst = group.reduce((a, b) => (Number(b.maxError) > Number(a.maxError) ? b : a));
      const error = `${errorText(worst.maxError ?? 0, 3)} of at most ${errorText(worst.tolerance ?? 0, 3)}`;
      lines.push(
        `${mark.name}: ${worst.subject}/${worst.variant}: ${worst.metric} error ${error}: ${worst.where}`,
      );
    }
  }
  for (const [status, groups] of groupBy(problems(rows), (problem) => problem.status)) {
    for (const { rows: group, reason } of groups.slice(0, MANY)) {
      lines.push(`${status}: ${cells(group.length)} (${names(group)}): ${oneLine(reason)}`);
    }
    const rest = groups.slice(MANY).reduce((sum, group) => sum + group.rows.length, 0);
    if (rest > 0) lines.push(`${status}: ${cells(rest)} more, each with its reason in the records`);
  }
  for (const [tier, group] of groupBy(
    rows.filter((row) => row.status === 'ok' && belowTopTier(row)),
    (row) => belowTopTier(row)!,
  )) {
    lines.push(`not fully optimised when timed: ${cells(group.length)} (${names(group)}): ${tier}`);
  }
  const software = rows.filter((row) => row.softwareGpu && row.status === 'ok').length;
  if (software > 0) {
    lines.push(`software GPU adapter: ${cells(software)} checked, their times are no measure of a GPU`);
  }
  for (const [mark, what, holds] of MARKS) {
    const marked = rows.filter((row) => row.status === 'ok' && !row.softwareGpu && holds(row));
    if (marked.length > 0)
      lines.push(`${mark} behind a time: ${what}: ${cells(marked.length)} (${names(marked)})`);
  }
  lines.push(...doubts(rows));
  if (files.recordsFile) lines.push(`records: ${files.recordsFile}`);
  if (files.reportFile) lines.push(`report: ${files.reportFile}`);
  return `${lines.join('\n')}\n`;
}

const MARKS: readonly [mark: string, what: string, holds: (row: Row) => boolean][] = [
  [
    '~',
    'it did not become steady, so that the median is one of a changing time',
    (row) => row.steady === false,
  ],
  ['2', 'it has two modes, so that the median is one of both', (row) => row.bimodal === true],
];
/** Figures that are not what they seem, and why. */
function doubts(rows: readonly Row[]): string[] {
  const lines: string[] = [];
  const impossible = rows.filter((row) => row.impossible !== undefined && !row.softwareGpu);
  for (const row of impossible.slice(0, MANY)) lines.push(`above its peak: ${row.id}: ${row.impossible}`);
  if (impossible.length > MANY) {
    lines.push(
      `above its peak: ${cells(impossible.length - MANY)} more, each with its reason in the records`,
    );
  }
  for (const [note, group] of groupBy(
    rows.filter((row) => row.notes !== undefined),
    (row) => row.notes!,
  )) {
    lines.push(`note: ${cells(group.length)} (${names(group)}): ${note}`);
  }
  const noisy = rows.filter((row) => row.noisy !== undefined);
  if (noisy.length > 0) {
    // One reason stands for all: the records have each cell's own.
    const { id, noisy: reason } = noisy[0]!;
    lines.push(`noisy: ${cells(noisy.length)} of ${rows.length} (${names(noisy)}); ${id}: ${reason}`);
  }
  return lines;
}

/** As exact as fits: cells, else variants, else kernels. */
function names(rows: readonly Row[]): string {
  const spellings = [
    (row: Row) => row.id,
    (row: Row) => `${row.subject}/${row.variant}`,
    (row: Row) => row.subject,
  ];
  for (const spelling of spellings) {
    const distinct = [...new Set(rows.map(spelling))];
    if (distinct.length <= FEW) return `${distinct.join(', ')}${where(rows)}`;
  }
  return `${new Set(rows.map((row) => row.subject)).size} kernels${where(rows)}`;
}

/** Nothing where all is of the pinned Node, as nearly always. */
function where(rows: readonly Row[]): string {
  const runtimes = [...new Set(rows.map((row) => row.runtime))];
  return runtimes.every((runtime) => runtime === 'node') ? '' : ` in ${runtimes.join(', ')}`;
}

function cells(n: number): string {
  return `${n} ${n === 1 ? 'cell' : 'cells'}`;
}
