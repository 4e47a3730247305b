/** Verdicts on a candidate as text: worst first, for people, for Markdown (a job's summary, a comment) and as JSON. */
import { markdownTable } from 'markdown-table';
import { change, digits } from '../reports/format.ts';
import { type JunitCase, junit } from '../reports/junit.ts';
import { escapeMarkdown, paint, plainTable, type Style } from '../reports/text.ts';
import type { Against } from './against-base.ts';
import { explanation } from './attribution.ts';
import { FALSE_ALARMS, type PairedRow, type PairedVerdict, VERDICTS } from './paired.ts';

export const PAIRED_FORMATS = ['text', 'json', 'md', 'junit'] as const;
export type PairedFormat = (typeof PAIRED_FORMATS)[number];

/** Not worth a line each: nothing to act on. */
const QUIET: readonly PairedVerdict[] = ['same', 'checked'];

const STYLES: Partial<Record<PairedVerdict, Style>> = {
  ...{ wrong: 'red', failed: 'red', slower: 'red', 'more-bytes': 'red' },
  ...{ inconclusive: 'yellow', faster: 'green' },
};

const HEAD = ['cell', 'verdict', 'time', '95 % interval', 'bytes', 'pairs', ''];

export function formatAgainst(against: Against, format: PairedFormat, color = false): string {
  const rows = [...against.rows].sort(
    (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || size(b) - size(a),
  );
  if (format === 'json') {
    const { base, seconds } = against;
    const { commit, here } = base;
    return `${JSON.stringify({ base: commit, candidateDirty: here.dirty === true, seconds, rows }, null, 2)}\n`;
  }
  if (format === 'junit') return junitPairs(rows);
  const told = rows.filter(({ verdict }) => !QUIET.includes(verdict));
  const closing = closingLines(against, rows);
  if (format === 'md') {
    const most = scaleOf(told);
    const cells = told.map((row) => [...lineOf(row).map(escapeMarkdown), plot(row, most)]);
    const head = [...HEAD, most === undefined ? '' : `${change(1 / most)} … ${change(most)}`];
    const title = `### Kernels against ${against.base.commit.slice(0, 12)}`;
    const reasons = whyLines(rows).map((line) => `- ${escapeMarkdown(line)}`);
    return `${[
      title,
      ...(told.length > 0 ? [markdownTable([head, ...cells])] : []),
      ...(reasons.length > 0 ? [reasons.join('\n')] : []),
      closing.join('\n'),
    ].join('\n\n')}\n`;
  }
  const lines = told.map((row) => {
    const [cell, verdict, ...rest] = lineOf(row);
    const style = STYLES[row.verdict];
    return [cell!, style ? paint(verdict!, style, color) : verdict!, ...rest];
  });
  const table = plainTable(HEAD, lines, ['left', 'left', 'right', 'right', 'right', 'right', 'left']);
  const whole = [...(told.length > 0 ? [table] : []), ...whyLines(rows), ...closing];
  return `${whole.join('\n')}\n`;
}

/** Characters of a plot, odd: its middle is no change. */
const PLOT = 21;

/** The ratio at the right end of all plots, so that they can be compared; undefined where nothing was timed. */
function scaleOf(rows: readonly PairedRow[]): number | undefined {
  const sizes = rows.filter(({ low, high }) => isBound(low) && isBound(high)).map((row) => size(row));
  return sizes.length > 0
    ? Math.exp(Math.min(Math.LN2, Math.max(0.05, 1.25 * Math.max(...sizes))))
    : undefined;
}

/** The interval and the ratio in it, logarithmic: `          ┃   ━●━    `. */
function plot({ low, ratio, high }: PairedRow, most: number | undefined): string {
  if (most === undefined || ratio === undefined || !isBound(low) || !isBound(high)) return '';
  const at = (x: number) =>
    Math.round(((PLOT - 1) / 2) * (1 + Math.max(-1, Math.min(1, Math.log(x) / Math.log(most)))));
  const marks = Array.from({ length: PLOT }, (_, i) => {
    if (i === at(ratio)) return '●';
    if (i >= at(low) && i <= at(high)) return '━';
    return i === (PLOT - 1) / 2 ? '┃' : '·';
  });
  return `\`${marks.join('')}\``;
}

function isBound(x: number | undefined): x is number {
  return x !== undefined && Number.isFinite(x) && x > 0;
}

/** `llama-decode/simd@…: −7.4 % tok/s, …: matvecQ8_0 …`, for each pipeline whose change was looked into. */
function whyLines(rows: readonly PairedRow[]): string[] {
  return rows.flatMap(({ id, explained, ratio }) =>
    explained ? [`${id}: ${explanation(explained, ratio)}`] : [],
  );
}

const RESULTS: Partial<Record<PairedVerdict, JunitCase['result']>> = {
  ...{ wrong: 'failure', slower: 'failure', 'more-bytes': 'failure', failed: 'error' },
  ...{ inconclusive: 'skipped', removed: 'skipped' },
};

function junitPairs(rows: readonly PairedRow[]): string {
  return junit(
    rows.map((row) => ({
      suite: `against base${row.runtime === 'node' ? '' : ` in ${row.runtime}`}`,
      name: row.id,
      result: RESULTS[row.verdict] ?? 'passed',
      message: `${row.verdict}: ${sentence(row)}`,
      output: [sentence(row)].filter((text) => text !== ''),
    })),
  );
}

function size({ ratio }: PairedRow): number {
  return ratio === undefined ? 0 : Math.abs(Math.log(ratio));
}

function intervalOf({ low, high }: PairedRow): string {
  if (low === undefined || high === undefined || !Number.isFinite(low) || !Number.isFinite(high)) return '';
  return `${change(low)} to ${change(high)}`;
}

function remarks({ reason, hidden }: PairedRow): string {
  const left = hidden === undefined ? undefined : `up to ${digits(100 * hidden)} % could be hidden`;
  return [reason, left].filter((text) => text !== undefined).join('; ');
}

function lineOf(row: PairedRow): string[] {
  const { id, runtime, verdict, ratio, bytes, pairs } = row;
  return [
    runtime === 'node' ? id : `${id} in ${runtime}`,
    verdict,
    ratio === undefined ? '' : change(ratio),
    intervalOf(row),
    bytes && bytes[0] !== bytes[1] ? `${bytes[0]} → ${bytes[1]}` : '',
    pairs > 0 ? String(pairs) : '',
    remarks(row),
  ];
}

/** A cell in one line of prose: `time +5.1 % (+3.9 % to +6.2 %, 11 pairs)`. */
export function sentence(row: PairedRow): string {
  const { verdict, ratio, bytes, pairs } = row;
  const time = ratio === undefined ? '' : `time ${change(ratio)} (${intervalOf(row)}, ${pairs} pairs)`;
  const more = verdict === 'more-bytes' && bytes ? `${bytes[0]} → ${bytes[1]} bytes a call` : '';
  const why = row.explained ? explanation(row.explained, ratio) : '';
  return [more, verdict === 'wrong' || verdict === 'failed' ? '' : time, why, remarks(row)]
    .filter((text) => text !== '')
    .join('; ');
}

function closingLines({ base, seconds }: Against, rows: readonly PairedRow[]): string[] {
  const counts = VERDICTS.flatMap((verdict) => {
    const n = rows.filter((row) => row.verdict === verdict).length;
    return n > 0 ? `${n} ${verdict}` : [];
  });
  return [
    `${rows.length} ${rows.length === 1 ? 'cell' : 'cells'} against ${base.commit.slice(0, 12)} in ${Math.round(seconds)} s: ${counts.join(', ')}`,
    ...(base.here.dirty ? ['the candidate has changes that are not committed'] : []),
    `time: of the candidate over that of the base, from pairs of fresh processes; where nothing differs, at most ${100 * FALSE_ALARMS} % of suites name any cell`,
  ];
}
