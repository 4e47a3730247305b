/** The table of all cells of one kernel. */
import {
  byteSize,
  digits,
  duration,
  errorText,
  marks,
  peakText,
  percent,
  rateText,
  ratio,
  spread,
} from './format.ts';
import type { TableBlock, TableCell, TableColumn, Tone } from './page/data.ts';
import { belowTopTier, type Row } from './rows.ts';

export const STATUS_TONE: Record<Row['verdict'], Tone> = {
  ok: 'good',
  'ok (approx.)': 'approximate',
  'ok (exhibit)': 'approximate',
  wrong: 'bad',
  failed: 'bad',
  unsupported: 'quiet',
};

/** Sorts by the value, shows the text; an absent value is an empty cell that sorts last. */
export function number<T extends number | string>(
  value: T | undefined,
  text: (value: T) => string,
): TableCell {
  if (value === undefined) return { text: '', sort: null };
  const sort = Number(value);
  return { text: text(value), sort: Number.isNaN(sort) ? null : Math.min(sort, Number.MAX_VALUE) };
}

interface Column extends TableColumn {
  cell(row: Row): TableCell;
  /** The column is left out where no row has it; default: it is always there. */
  has?(row: Row): boolean;
}

const numeric = (title: string, cell: (row: Row) => TableCell): Column => ({ title, numeric: true, cell });

/** A column of what not every record has. */
const optional = (title: string, has: (row: Row) => boolean, cell: (row: Row) => TableCell): Column => ({
  title,
  has,
  cell,
});

/** What the fraction is of: `fma`, `L2 bandwidth`. */
function peakName(row: Row): string {
  return row.bound === 'memory' ? `${row.level ?? 'memory'} bandwidth` : (row.peak ?? '');
}

/** `12 minor, 1 major, 3.4 ms` */
function gcText(row: Row): string {
  const parts = [
    row.gcMinor !== undefined && `${digits(row.gcMinor)} minor`,
    row.gcMajor !== undefined && `${digits(row.gcMajor)} major`,
    row.gcMs !== undefined && `${digits(row.gcMs)} ms`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

const COLUMNS: readonly Column[] = [
  { title: 'variant', cell: (row) => ({ text: row.variant }) },
  { title: 'case', cell: (row) => ({ text: row.case }) },
  { title: 'runtime', cell: (row) => ({ text: row.runtime }) },
  {
    title: 'verdict',
    cell: (row) => ({
      text: [
        row.verdict,
        ...(row.softwareGpu && row.status === 'ok' ? ['software'] : []),
        ...(row.noisy === undefined ? [] : ['noisy']),
      ].join(', '),
      tone: STATUS_TONE[row.verdict],
    }),
  },
  numeric('time', (row) => number(row.medianNs, (ns) => `${duration(ns)}${marks(row)}`)),
  numeric('±', (row) => number(half(row), () => spread(row).slice(1))),
  numeric('rate', (row) => number(row.rate, (rate) => rateText(rate, row.rateUnit ?? ''))),
  numeric('× naive', (row) => number(row.timesNaive, ratio)),
  numeric('interval', (row) =>
    number(row.timesNaiveLow, (low) =>
      row.timesNaive === 1 ? '' : `${ratio(low)} to ${ratio(row.timesNaiveHigh!)}`,
    ),
  ),
  numeric('of peak', (row) => number(row.fractionOfPeak, () => peakText(row))),
  optional(
    'peak',
    (row) => row.peak !== undefined,
    (row) => ({ text: row.softwareGpu ? '' : peakName(row) }),
  ),
  optional(
    'of JS',
    (row) => row.fractionOfJs !== undefined,
    (row) => number(row.fractionOfJs, percent),
  ),
  numeric('max error', (row) => number(row.maxError, (error) => `${errorText(error)} ${row.metric ?? ''}`)),
  numeric('tolerance', (row) => number(row.tolerance, errorText)),
  numeric('heap', (row) => number(row.heapBytes, byteSize)),
  numeric('external', (row) => number(row.externalBytes, byteSize)),
  optional(
    'GC in 1000 calls',
    (row) => row.gcMinor !== undefined || row.gcMajor !== undefined,
    (row) => number(row.gcMs ?? row.gcMinor, () => gcText(row)),
  ),
  optional(
    'peak bytes',
    (row) => row.peakBytes !== undefined,
    (row) => number(row.peakBytes, byteSize),
  ),
  optional(
    'tier',
    (row) => row.tier !== undefined,
    (row) => {
      const below = belowTopTier(row);
      return below ? { text: below, tone: 'bad' } : { text: row.tier ?? '' };
    },
  ),
  numeric('min', (row) => number(row.minNs, duration)),
  numeric('p99', (row) => number(row.p99Ns, duration)),
  numeric('outliers', (row) => number(row.outliers, (n) => `${n} of ${row.samples}`)),
  numeric('first call', (row) => number(row.coldNs, duration)),
  optional(
    'noise',
    (row) => row.noisy !== undefined,
    (row) => ({ text: row.noisy ?? '' }),
  ),
  optional(
    'notes',
    (row) => row.notes !== undefined,
    (row) => ({ text: row.notes ?? '' }),
  ),
  optional(
    'above its peak',
    (row) => row.impossible !== undefined,
    (row) => ({ text: row.impossible ?? '' }),
  ),
  {
    title: 'reason, or where the largest error is',
    cell: (row) => ({ text: row.reason ?? row.where ?? '' }),
  },
];

function half(row: Row): number | undefined {
  if (row.medianNs === undefined || row.lowNs === undefined || row.highNs === undefined) return undefined;
  return Math.max(row.highNs - row.medianNs, row.medianNs - row.lowNs) / row.medianNs;
}

/** @param rows of one subject */
export function cellTable(rows: readonly Row[]): TableBlock {
  const several = new Set(rows.map((row) => row.runtime)).size > 1;
  const columns = COLUMNS.filter(
    ({ title, has }) => (several || title !== 'runtime') && (!has || rows.some(has)),
  );
  return {
    type: 'table',
    title: 'All cells',
    read: 'Heap and external (ArrayBuffer) bytes are those that one call allocates. “Software”: WebGPU without a GPU. Tier: that of V8 which the timed code ran in; red where it was not fully optimised.',
    columns: columns.map(({ title, numeric }) => ({ title, numeric })),
    rows: rows.map((row, i) => ({
      startsGroup: i > 0 && rows[i - 1]!.case !== row.case,
      quiet: row.softwareGpu,
      cells: columns.map((column) => column.cell(row)),
    })),
  };
}
