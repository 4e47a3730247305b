/** Engine by variant: what a person who ships to several engines chooses from. */
import { duration, marks, ratio } from './format.ts';
import { groupBy, isRanked, type Row } from './rows.ts';

/** One kernel and case in every runtime that measured it. */
export interface EngineGrid {
  readonly subject: string;
  readonly case: string;
  readonly runtimes: readonly string[];
  readonly lines: readonly { readonly variant: string; readonly rows: readonly (Row | undefined)[] }[];
  /** In each runtime the fastest that is right within the kernel's own tolerance. */
  readonly fastest: readonly (Row | undefined)[];
}

/** None where all rows are of one runtime. */
export function engineGrids(rows: readonly Row[]): EngineGrid[] {
  const runtimes = [...new Set(rows.map((row) => row.runtime))];
  if (runtimes.length < 2) return [];
  return [...groupBy(rows, (row) => JSON.stringify([row.subject, row.case])).values()].map((group) => {
    const { subject, case: name } = group[0]!;
    const lines = [...groupBy(group, (row) => row.variant)].map(([variant, own]) => ({
      variant,
      rows: runtimes.map((runtime) => own.find((row) => row.runtime === runtime)),
    }));
    const fastest = runtimes.map((runtime) =>
      group
        .filter((row) => row.runtime === runtime && row.verdict === 'ok' && isRanked(row))
        .reduce<Row | undefined>((a, b) => (a && a.medianNs! <= b.medianNs! ? a : b), undefined),
    );
    return { subject, case: name, runtimes, lines, fastest };
  });
}

/** Marks the fastest of its engine. */
export const FASTEST_MARK = '*';

/** `1.23 ms`, with its marks; the status of what has no time; `(…)` around that of a software GPU. */
export function engineCell(row: Row | undefined, fastest: Row | undefined): string {
  if (!row) return '';
  if (row.status !== 'ok') return row.status;
  if (row.medianNs === undefined) return 'no time';
  const time = `${duration(row.medianNs)}${marks(row)}`;
  if (row.softwareGpu && !isRanked(row)) return `(${time})`;
  return row === fastest ? `${time} ${FASTEST_MARK}` : time;
}

/** Speed of each engine's fastest variant, in units of the first engine's that has one. */
export function engineSpeeds({ fastest }: EngineGrid): string[] {
  const first = fastest.find((row) => row !== undefined);
  return fastest.map((row) => (row && first ? ratio(first.medianNs! / row.medianNs!) : ''));
}

/** What the first column of the line of {@link engineSpeeds} says. */
export function speedsTitle({ fastest, runtimes }: EngineGrid): string {
  return `${FASTEST_MARK} × ${runtimes[fastest.findIndex((row) => row !== undefined)] ?? runtimes[0]}`;
}

/** Below the tables, a line each. */
export const ENGINES_LEGEND: readonly string[] = [
  `${FASTEST_MARK} fastest right variant of its engine, approximations and software GPUs left out; (…) software GPU`,
  'clocks differ: a browser’s is rounded to 5 µs and more, and batches last longer there',
];
