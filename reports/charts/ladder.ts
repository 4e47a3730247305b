import { duration, rateText, ratio } from '../format.ts';
import { isRanked, type Row } from '../rows.ts';
import {
  backendColor,
  type Chart,
  LINEAR_AXIS,
  logAxis,
  SCHEMA_URL,
  TOOLTIP,
  tooltipFields,
  wantsLog,
} from './theme.ts';

/**
 * The speed ladder of one case on one runtime: one line for each variant, fastest first, with its interval and the
 * ceiling measured for its backend. Bars from zero; points on a logarithmic axis where bars would hide the slow ones.
 * A software GPU's line is hollow, and stands below the ranked ones unless it is to be ranked.
 * @param rows of one subject, case and runtime
 */
export function ladder(rows: readonly Row[]): Chart | undefined {
  const drawn = rows.filter(
    (row) => isRanked(row) || (row.softwareGpu && row.status === 'ok' && row.medianNs),
  );
  if (drawn.length === 0) return undefined;
  const unit = drawn.every((row) => row.rate !== undefined) ? drawn[0]!.rateUnit : undefined;
  const values = drawn.map((row) => line(row, unit));
  values.sort((a, b) => Number(b.ranked) - Number(a.ranked) || (unit ? b.x - a.x : a.x - b.x));
  const log = wantsLog(values.map((value) => value.x));
  const ends = values.flatMap((value) => [value.low, value.high, value.ceiling ?? value.x]);
  const x = {
    type: 'quantitative' as const,
    title: `${unit ?? 'ns per call'}${log ? ' (log)' : ''}`,
    ...(log ? logAxis(ends) : { ...LINEAR_AXIS, scale: { domain: [0, Math.max(...ends)], nice: false } }),
  };
  const y = {
    field: 'label',
    type: 'nominal' as const,
    // A sort by list would put the names into an expression, where a name may be anything.
    sort: null,
    scale: { domain: values.map((value) => value.label) },
    title: null,
    axis: {
      domain: false,
      ticks: false,
      grid: log,
      labelColor: 'var(--ink)',
      minExtent: 92,
      labelPadding: 8,
    },
  };
  const color = { field: 'color', type: 'nominal' as const, scale: null, legend: null };
  const hollow = { condition: { test: 'datum.software', value: 0.15 }, value: 1 };
  const mark = log
    ? { mark: { type: 'point' as const, filled: true, size: 70, strokeWidth: 1.5, opacity: 1 } }
    : { mark: { type: 'bar' as const, height: { band: 0.62 }, strokeWidth: 1.5 } };
  return {
    title: rows[0]!.case,
    note: note(rows),
    spec: {
      $schema: SCHEMA_URL,
      description: `Speed of ${rows[0]!.subject} at ${rows[0]!.case}, by variant`,
      width: 'container',
      height: 24 * values.length,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 4, top: 4, bottom: 4 },
      data: { values },
      encoding: { y },
      layer: [
        {
          ...mark,
          encoding: {
            x: { ...x, field: 'x' },
            fill: color,
            stroke: color,
            fillOpacity: hollow,
            tooltip: TOOLTIP,
            strokeDash: { condition: { test: 'datum.software', value: [3, 2] }, value: [1, 0] },
          },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5, color: 'var(--ink)' },
          encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
        },
        {
          transform: [{ filter: 'isValid(datum.ceiling)' }],
          mark: { type: 'tick', thickness: 2, size: 16, color: 'var(--muted)' },
          encoding: { x: { ...x, field: 'ceiling' } },
        },
        ...numbers('value', unit ?? 'time', 52),
        ...numbers('times', '× naive', GUTTER),
      ],
    },
  };
}

/** Pixels right of the plot. */
const GUTTER = 108;

/** A column of text beside the plot, which ends `right` pixels from its edge. */
function numbers(field: string, head: string, right: number) {
  const mark = { type: 'text' as const, align: 'right' as const, baseline: 'middle' as const, dx: right };
  return [
    { mark, encoding: { x: { value: 'width' as const }, text: { field, type: 'nominal' as const } } },
    {
      data: { values: [{}] },
      mark: { ...mark, text: head, color: 'var(--muted)', fontSize: 11 },
      encoding: { x: { value: 'width' as const }, y: { value: -10 } },
    },
  ];
}

function line(row: Row, unit: string | undefined) {
  const median = row.medianNs!;
  const rate = row.rate ?? 0;
  // A rate is work ÷ time: its interval is that of the time, turned round.
  const range = unit
    ? {
        x: rate,
        low: (rate * median) / (row.highNs ?? median),
        high: (rate * median) / (row.lowNs ?? median),
      }
    : { x: median, low: row.lowNs ?? median, high: row.highNs ?? median };
  const ceiling = unit && row.fractionOfPeak && !row.softwareGpu ? rate / row.fractionOfPeak : null;
  const value = unit ? rateText(rate, unit).split(' ')[0]! : duration(median);
  return {
    ...range,
    ceiling,
    label: row.verdict.startsWith('ok (') ? `${row.variant} ≈` : row.variant,
    software: row.softwareGpu,
    ranked: isRanked(row),
    color: backendColor(row.backend),
    value,
    times: row.timesNaive === undefined ? '' : ratio(row.timesNaive),
    ...tooltipFields(row),
  };
}

/** What a reader could miss in the drawing. */
function note(rows: readonly Row[]): string | undefined {
  const parts: string[] = [];
  const software = rows.filter((row) => row.softwareGpu && row.status === 'ok');
  if (software.length > 0) {
    parts.push(
      `${software.map((row) => row.variant).join(', ')}: software GPU adapter${software.some(isRanked) ? '' : ', not ranked'}`,
    );
  }
  const missing = rows.filter((row) => row.status !== 'ok');
  for (const row of missing) parts.push(`${row.variant}: ${row.status}`);
  return parts.length > 0 ? parts.join('; ') : undefined;
}
