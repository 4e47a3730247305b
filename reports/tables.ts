/** The table of all cells of one kernel. */
import { byteSize, digits, duration, errorText, peakText, rateText, ratio, spread } from './format.ts';
import type { TableBlock, TableCell, TableColumn, Tone } from './page/data.ts';
import type { Row } from './rows.ts';

export const STATUS_TONE: Record<Row['verdict'], Tone> = {
  ok: 'good',
  'ok (approx.)': 'approximate',
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
}

const numeric = (title: string, cell: (row: Row) => TableCell): Column => ({ title, numeric: true, cell });

const COLUMNS: readonly Column[] = [
  { title: 'variant', cell: (row) => ({ text: row.variant }) },
  { title: 'case', cell: (row) => ({ text: row.case }) },
  { title: 'runtime', cell: (row) => ({ text: row.runtime }) },
  {
    title: 'verdict',
    cell: (row) => ({
      text: row.softwareGpu && row.status === 'ok' ? `${row.verdict}, software` : row.verdict,
      tone: STATUS_TONE[row.verdict],
    }),
  },
  numeric('time', (row) => number(row.medianNs, duration)),
  numeric('±', (row) => number(half(row), () => spread(row).slice(1))),
  numeric('rate', (row) => number(row.rate, (rate) => rateText(rate, row.rateUnit ?? ''))),
  numeric('× naive', (row) => number(row.timesNaive, ratio)),
  numeric('interval', (row) =>
    number(row.timesNaiveLow, (low) =>
      row.timesNaive === 1 ? '' : `${ratio(low)} to ${ratio(row.timesNaiveHigh!)}`,
    ),
  ),
  numeric('of peak', (row) => number(row.fractionOfPeak, () => peakText(row))),
  numeric('max error', (row) => number(row.maxError, (error) => `${errorText(error)} ${row.metric ?? ''}`)),
  numeric('tolerance', (row) => number(row.tolerance, errorText)),
  numeric('heap', (row) => number(row.heapBytes, byteSize)),
  numeric('external', (row) => number(row.externalBytes, byteSize)),
  numeric('GC minor + major', (row) =>
    number(row.gcMinor, (minor) =>
      minor + (row.gcMajor ?? 0) === 0 ? '0' : `${digits(minor)} + ${digits(row.gcMajor ?? 0)}`,
    ),
  ),
  numeric('GC time', (row) => number(row.gcMs, (ms) => (ms === 0 ? '0' : duration(ms * 1e6)))),
  numeric('peak', (row) => number(row.peakBytes, (bytes) => byteSize(Math.round(bytes)))),
  numeric('min', (row) => number(row.minNs, duration)),
  numeric('p99', (row) => number(row.p99Ns, duration)),
  numeric('first call', (row) => number(row.coldNs, duration)),
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
  const columns = COLUMNS.filter((column) => several || column.title !== 'runtime');
  return {
    type: 'table',
    title: 'All cells',
    read: 'Heap and external (ArrayBuffer) bytes are those that one call allocates. Collections (GC) are counted for 1000 calls; peak is the most that was held. “Software”: WebGPU without a GPU.',
    columns: columns.map(({ title, numeric }) => ({ title, numeric })),
    rows: rows.map((row, i) => ({
      startsGroup: i > 0 && rows[i - 1]!.case !== row.case,
      quiet: row.softwareGpu,
      cells: columns.map((column) => column.cell(row)),
    })),
  };
}
