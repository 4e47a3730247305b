import { groupBy, type Row } from '../rows.ts';
import {
  type Chart,
  commonest,
  LINEAR_AXIS,
  logAxis,
  SCHEMA_URL,
  TOOLTIP,
  tooltipFields,
  variantScales,
  wantsLog,
} from './theme.ts';

/**
 * Rate against the work of one call, one line for each variant: where a variant starts to pay and where it meets a limit.
 * Nothing for fewer than two sizes.
 * @param rows of one subject and runtime
 */
export function sweep(rows: readonly Row[]): Chart | undefined {
  const timed = rows.filter((row) => row.status === 'ok' && row.medianNs !== undefined && row.flops);
  const unit = commonest(timed.map((row) => row.rateUnit));
  const memory = unit === 'GB/s';
  const values = timed.map((row) => ({
    variant: row.variant,
    choices: choices(row.case),
    work: memory ? row.bytes! : row.flops!,
    // One unit for the whole chart; rates of different units have no common axis.
    y: memory ? row.bytes! / row.medianNs! : row.flops! / row.medianNs!,
    software: row.softwareGpu,
    ...tooltipFields(row),
  }));
  const sizes = groupBy(values, (value) => value.choices);
  if (![...sizes.values()].some((group) => new Set(group.map((value) => value.work)).size > 1))
    return undefined;
  const { domain, colors, shapes } = variantScales(timed);
  const log = wantsLog(values.map((value) => value.y));
  const fade = { condition: { test: 'datum.software', value: 0.4 }, value: 1 };
  return {
    title: 'Rate by size',
    read: 'A line for each variant. Where it rises, larger work still pays for fixed costs; where it falls, the work no longer fits a cache.',
    spec: {
      $schema: SCHEMA_URL,
      description: `Rate of ${rows[0]!.subject} against the work of a call, by variant`,
      width: 'container',
      height: 260,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 8, top: 4, bottom: 4 },
      data: { values },
      encoding: {
        x: {
          field: 'work',
          type: 'quantitative',
          title: memory ? 'bytes per call (log)' : 'operations per call (log)',
          ...logAxis(values.map((value) => value.work)),
        },
        y: {
          field: 'y',
          type: 'quantitative',
          title: `${memory ? 'GB/s' : 'GFLOP/s'}${log ? ' (log)' : ''}`,
          ...(log ? logAxis(values.map((value) => value.y)) : LINEAR_AXIS),
        },
        color: { field: 'variant', type: 'nominal', title: null, scale: { domain, range: colors } },
        shape: { field: 'variant', type: 'nominal', title: null, scale: { domain, range: shapes } },
        opacity: fade,
      },
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1.5, opacity: 0.6 },
          encoding: { detail: { field: 'choices', type: 'nominal' } },
        },
        {
          mark: { type: 'point', filled: true, size: 60 },
          encoding: { tooltip: TOOLTIP },
        },
      ],
    },
  };
}

/** The choices in a case's name (`quant=q8_0`), without its sizes: only cases that differ in size alone share a line. */
function choices(name: string): string {
  return name
    .split(',')
    .filter((part) => Number.isNaN(Number(part.split('=')[1])))
    .join(',');
}
