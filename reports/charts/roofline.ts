import { usesGpu } from '../../kernels/lib/peer.ts';
import { digits } from '../format.ts';
import { groupBy, type Row } from '../rows.ts';
import { backendColor, type Chart, logAxis, SCHEMA_URL, SHAPES, TOOLTIP, tooltipFields } from './theme.ts';

/**
 * The roofline (Williams, Waterman & Patterson 2009): operations per byte against rate, both logarithmic, under the
 * ceilings that were measured in the same runtime. Each cell has its own ceiling, as bandwidth depends on the size of the
 * working set and both depend on threads: {@link ceilings} says which lines are drawn.
 * @param rows of one runtime
 */
export function roofline(rows: readonly Row[]): Chart | undefined {
  const drawn = rows.filter(
    (row) => row.status === 'ok' && row.gflops && row.flops && row.bytes && row.peakGbps,
  );
  if (drawn.length === 0) return undefined;
  const points = drawn.map((row) => ({
    x: row.flops! / row.bytes!,
    y: row.gflops!,
    color: backendColor(row.backend),
    software: row.softwareGpu,
    subject: row.subject,
    ...tooltipFields(row),
  }));
  const intensities = points.map((point) => point.x);
  const [left, right] = [Math.min(...intensities) / 3, Math.max(...intensities) * 3];
  const roofs = ceilings(drawn);
  const top = Math.max(...roofs.flatMap((roof) => roof.peaks));
  const slopes = roofs.flatMap(({ peaks, bandwidths }) =>
    bandwidths.map(({ gbps, level }) => {
      const ridge = Math.min(right, Math.max(...peaks) / gbps);
      const text = `${digits(gbps)} GB/s${level === undefined ? '' : `, ${level}`}`;
      return { x: left, y: left * gbps, x2: ridge, y2: ridge * gbps, text };
    }),
  );
  const levels = roofs.flatMap(({ peaks, bandwidths }) =>
    peaks.map((gflops) => {
      const ridge = Math.min(right, Math.max(left, gflops / Math.max(...bandwidths.map(({ gbps }) => gbps))));
      return { x: right, y: gflops, x2: ridge, y2: gflops, text: `${digits(gflops)} GFLOP/s` };
    }),
  );
  const x = {
    type: 'quantitative' as const,
    title: 'operations per byte (log)',
    ...logAxis([left, right]),
  };
  const y = {
    type: 'quantitative' as const,
    title: 'GFLOP/s (log)',
    ...logAxis([...points, ...slopes].map((point) => point.y).concat(1.4 * top)),
  };
  const subjects = [...new Set(points.map((point) => point.subject))];
  const shapes = subjects.map((_, i) => SHAPES[i % SHAPES.length]!);
  const roof = (
    values: typeof slopes,
    text: { align: 'left' | 'right'; baseline: 'top' | 'bottom'; dx: number; dy: number },
  ) => ({
    data: { values },
    encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' } },
    layer: [
      {
        mark: { type: 'rule' as const, strokeWidth: 1.5, color: 'var(--muted)' },
        encoding: { x2: { field: 'x2' }, y2: { field: 'y2' } },
      },
      {
        mark: { ...text, type: 'text' as const, color: 'var(--muted)', fontSize: 11 },
        encoding: { text: { field: 'text', type: 'nominal' as const } },
      },
    ],
  });
  return {
    title: `Roofline, ${rows[0]!.runtime}`,
    spec: {
      $schema: SCHEMA_URL,
      description: 'Roofline: operations per byte against GFLOP/s, with the measured ceilings',
      width: 'container',
      height: 380,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 8, top: 4, bottom: 4 },
      layer: [
        roof(slopes, { align: 'left', baseline: 'top', dx: 8, dy: 2 }),
        roof(levels, { align: 'right', baseline: 'bottom', dx: 0, dy: -3 }),
        {
          data: { values: points },
          mark: { type: 'point', size: 50, strokeWidth: 1.5 },
          encoding: {
            x: { ...x, field: 'x' },
            y: { ...y, field: 'y' },
            tooltip: TOOLTIP,
            fill: { field: 'color', type: 'nominal', scale: null, legend: null },
            stroke: { field: 'color', type: 'nominal', scale: null, legend: null },
            fillOpacity: { condition: { test: 'datum.software', value: 0 }, value: 0.55 },
            shape: {
              field: 'subject',
              type: 'nominal',
              title: null,
              scale: { domain: subjects, range: shapes },
              legend: { symbolFillColor: 'var(--muted)', symbolStrokeColor: 'var(--muted)' },
            },
            strokeOpacity: { condition: { test: 'datum.software', value: 0.5 }, value: 1 },
          },
        },
      ],
    },
  };
}

interface Slope {
  readonly gbps: number;
  /** Of the memory hierarchy, where it is known. */
  readonly level: string | undefined;
}

/**
 * Of the processor and of a real GPU: every arithmetic peak, and the lowest and the highest bandwidth. What a software
 * adapter reaches is no ceiling of anything, unless there is nothing else.
 */
function ceilings(rows: readonly Row[]): { peaks: number[]; bandwidths: Slope[] }[] {
  const real = rows.filter((row) => !row.softwareGpu);
  const devices = groupBy(real.length > 0 ? real : rows, (row) => String(usesGpu(row)));
  return [...devices.values()].map((group) => {
    const slopes = group.map((row): Slope => ({ gbps: row.peakGbps!, level: row.level }));
    slopes.sort((a, b) => a.gbps - b.gbps);
    const [low, high] = [slopes[0]!, slopes.at(-1)!];
    // Two slopes nearer than that are one to the eye, and their labels collide.
    return {
      peaks: distinct(group.map((row) => row.peakGflops!)),
      bandwidths: high.gbps > 2 * low.gbps ? [low, high] : [high],
    };
  });
}

/** Ascending; of values within a tenth of each other, which are one ceiling measured twice, the highest. */
function distinct(values: readonly number[]): number[] {
  const kept: number[] = [];
  for (const value of [...values].sort((a, b) => b - a)) {
    if (kept.length === 0 || value < kept[0]! * 0.9) kept.unshift(value);
  }
  return kept;
}
