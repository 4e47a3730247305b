/** Pipelines by the token: latency, memory, work, and how much of the machine that is. */
import { byteSize, count, digits, duration, percent } from './format.ts';
import type { TableBlock } from './page/data.ts';
import type { Row } from './rows.ts';
import { number } from './tables.ts';

interface Measure {
  readonly title: string;
  value(row: Row): number | undefined;
  text(value: number): string;
}

const perToken = (row: Row, value: number | undefined) =>
  value === undefined || row.tokensPerCall === undefined ? undefined : value / row.tokensPerCall;
/** No cache is so much faster: rates are those of the algorithm, of which such a variant does a part. */
const LEFT_OUT = 10;
/** Software GPUs say nothing of a machine, and what cannot be true is said elsewhere. */
const share = (row: Row, rate: number | undefined, peak: number | undefined) =>
  rate === undefined || !peak || row.softwareGpu || row.impossible || rate > LEFT_OUT * peak
    ? undefined
    : rate / peak;
const allocated = ({ heapBytes, externalBytes }: Row) =>
  heapBytes === undefined && externalBytes === undefined
    ? undefined
    : Math.max(0, (heapBytes ?? 0) + (externalBytes ?? 0));

/** In 1000 calls collections are counted: in as many tokens they are that by the token. */
const MEASURES: readonly Measure[] = [
  { title: 'first token', value: (row) => row.firstTokenNs, text: duration },
  { title: 'p50', value: (row) => row.tokenP50Ns, text: duration },
  { title: 'p90', value: (row) => row.tokenP90Ns, text: duration },
  { title: 'p99', value: (row) => row.tokenP99Ns, text: duration },
  {
    title: 'allocated',
    value: (row) => perToken(row, allocated(row)),
    text: (bytes) => byteSize(bytes < 0.01 ? 0 : bytes),
  },
  {
    title: 'GC/1000',
    value: (row) => perToken(row, row.gcMinor === undefined ? undefined : row.gcMinor + (row.gcMajor ?? 0)),
    text: digits,
  },
  { title: 'cache', value: (row) => row.cacheBytes, text: byteSize },
  { title: 'hits', value: (row) => row.hitRate, text: percent },
  { title: 'FLOP', value: (row) => perToken(row, row.flops), text: count },
  { title: 'bytes', value: (row) => perToken(row, row.bytes), text: byteSize },
  { title: 'of ops', value: (row) => share(row, row.gflops, row.peakGflops), text: percent },
  { title: 'of bandwidth', value: (row) => share(row, row.gbps, row.peakGbps), text: percent },
  { title: 'bits/byte', value: (row) => row.bitsPerByte, text: (bits) => digits(bits) },
];

const isCounted = (row: Row) =>
  row.status === 'ok' && (row.tokensPerCall !== undefined || row.bitsPerByte !== undefined);

/** What at least one of the rows has. */
const measuresOf = (rows: readonly Row[]) =>
  MEASURES.filter(({ value }) => rows.some((row) => value(row) !== undefined));

/** Texts; no lines where nothing is counted in tokens. */
export function tokenTable(rows: readonly Row[]): { head: string[]; lines: string[][] } {
  const counted = rows.filter(isCounted);
  const measures = measuresOf(counted);
  const several = new Set(counted.map(({ runtime }) => runtime)).size > 1;
  const cell = (row: Row, { value, text }: Measure) => {
    const x = value(row);
    return x === undefined ? '' : text(x);
  };
  const what = counted.some(({ tokensPerCall }) => tokensPerCall !== undefined) ? 'by the token' : '';
  return {
    head: [what, ...measures.map(({ title }) => title), ''],
    lines: counted.map((row) => [
      `${row.variant}${several ? ` (${row.runtime})` : ''}`,
      ...measures.map((measure) => cell(row, measure)),
      row.case,
    ]),
  };
}

/** Of the report; nothing where nothing is counted in tokens. */
export function tokenBlocks(rows: readonly Row[]): TableBlock[] {
  const counted = rows.filter(isCounted);
  if (counted.length === 0) return [];
  const measures = measuresOf(counted);
  return [
    {
      type: 'table',
      title: counted.some(({ tokensPerCall }) => tokensPerCall !== undefined)
        ? 'By the token'
        : 'Bits a byte',
      read: 'First token: from the beginning of a prompt until its next token is chosen. p50, p90, p99: of the further tokens one by one. Allocated, collections (in 1000), operations and bytes: by the token. Of ops, of bandwidth: of the measured peaks of arithmetic and of memory.',
      columns: [
        { title: 'variant' },
        { title: 'case' },
        { title: 'runtime' },
        ...measures.map(({ title }) => ({ title, numeric: true })),
      ],
      rows: counted.map((row, i) => ({
        startsGroup: i > 0 && counted[i - 1]!.case !== row.case,
        quiet: row.softwareGpu,
        cells: [
          ...[row.variant, row.case, row.runtime].map((text) => ({ text })),
          ...measures.map(({ value, text }) => number(value(row), text)),
        ],
      })),
    },
  ];
}
