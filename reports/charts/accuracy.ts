import { fromMeasure } from '../../harness/record.ts';
import { errorText } from '../format.ts';
import type { Row } from '../rows.ts';
import {
  type Chart,
  commonest,
  logAxis,
  SCHEMA_URL,
  TOOLTIP,
  tooltipFields,
  variantScales,
} from './theme.ts';

/**
 * Largest error against speed, both logarithmic; up and to the left is better. An error of 0, which a logarithmic axis has
 * no place for, stands at a mark `0` to the left of all others. The dashed line is the kernel's tolerance.
 * Nothing where every error is 0.
 * @param rows of one subject and runtime
 */
export function accuracy(rows: readonly Row[]): Chart | undefined {
  const timed = rows.filter((row) => row.status === 'ok' && row.medianNs && row.maxError !== undefined);
  // Errors of different metrics have no common axis.
  const metric = commonest(timed.map((row) => row.metric!));
  const drawn = timed.filter((row) => row.metric === metric);
  const others = timed.filter((row) => row.metric !== metric);
  const errors = drawn.map((row) => fromMeasure(row.maxError!));
  if (!errors.some((error) => error > 0)) return undefined;
  const tolerance = commonest(drawn.map((row) => row.tolerance!))!;
  const axis = errorAxis(errors, tolerance);
  const x = { type: 'quantitative' as const, title: `largest error (${metric}, log)`, ...axis.x };
  const relative = drawn.every((row) => row.timesNaive !== undefined);
  const values = drawn.map((row, i) => ({
    variant: row.variant,
    x: errors[i] || axis.zero,
    y: relative ? row.timesNaive : row.medianNs,
    software: row.softwareGpu,
    ...tooltipFields(row),
  }));
  const { domain, colors, shapes } = variantScales(drawn);
  const speeds = logAxis(values.map((value) => value.y!));
  // Time runs downwards, so that up is fast whichever it is.
  const speedAxis = { ...speeds, scale: { ...speeds.scale, reverse: !relative } };
  return {
    title: 'Accuracy against speed',
    read: 'Up and to the left is better. A point right of the dashed line, the kernel’s tolerance, is an approximation within a tolerance of its own.',
    note:
      others.length > 0
        ? `not drawn, other metric: ${[...new Set(others.map((row) => row.variant))].join(', ')}`
        : undefined,
    spec: {
      $schema: SCHEMA_URL,
      description: `Largest error of ${rows[0]!.subject} against its speed, by variant and case`,
      width: 'container',
      height: 260,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 8, top: 4, bottom: 4 },
      layer: [
        {
          data: { values: tolerance > 0 ? [{ tolerance, text: `tolerance ${errorText(tolerance)}` }] : [] },
          layer: [
            {
              mark: { type: 'rule', strokeDash: [4, 3], color: 'var(--muted)' },
              encoding: { x: { ...x, field: 'tolerance' } },
            },
            {
              mark: {
                type: 'text',
                align: axis.isLeft(tolerance) ? 'left' : 'right',
                baseline: 'bottom',
                dx: axis.isLeft(tolerance) ? 4 : -4,
                dy: -3,
                color: 'var(--muted)',
                fontSize: 11,
              },
              encoding: {
                x: { ...x, field: 'tolerance' },
                y: { value: 'height' },
                text: { field: 'text', type: 'nominal' },
              },
            },
          ],
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 60 },
          encoding: {
            x: { ...x, field: 'x' },
            y: {
              field: 'y',
              type: 'quantitative',
              title: relative ? 'times the speed of naive (log)' : 'ns per call (log)',
              ...speedAxis,
            },
            color: { field: 'variant', type: 'nominal', title: null, scale: { domain, range: colors } },
            shape: { field: 'variant', type: 'nominal', title: null, scale: { domain, range: shapes } },
            opacity: { condition: { test: 'datum.software', value: 0.4 }, value: 1 },
            tooltip: TOOLTIP,
          },
        },
      ],
    },
  };
}

/** The error axis, and where on it an error of 0 stands. */
function errorAxis(errors: readonly number[], tolerance: number) {
  const known = [...errors, tolerance].filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...known)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...known))), low + 1);
  const zero = errors.includes(0) ? 10 ** (low - 1) : undefined;
  const step = Math.ceil((high - low) / 5);
  const ticks: number[] = zero === undefined ? [] : [zero];
  for (let e = low + ((high - low) % step); e <= high; e += step) ticks.push(10 ** e);
  const first = zero ?? 10 ** low;
  const isZero = zero === undefined ? '' : `datum.value < ${zero * 2} ? '0' : `;
  return {
    zero,
    x: {
      scale: { type: 'log' as const, domain: [first, 10 ** high], nice: false, padding: 10 },
      axis: {
        values: ticks,
        grid: true,
        labelOverlap: true,
        labelExpr: `${isZero}format(datum.value, '.0e')`,
      },
    },
    /** Whether a value stands in the left half. */
    isLeft: (value: number) => value * value < first * 10 ** high,
  };
}
