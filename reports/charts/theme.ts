/**
 * What all charts share. Colours are CSS variables (page.css gives their values): the page draws SVG, so that a chart
 * changes its theme with the page and needs no second drawing.
 */
import type { Config, TopLevelSpec } from 'vega-lite';
import { duration, errorText, peakText, rateText, ratio, spread } from '../format.ts';
import { BACKEND_ORDER, groupBy, type Row } from '../rows.ts';

export type Spec = TopLevelSpec;

/** One drawing and the words around it. */
export interface Chart {
  readonly title: string;
  /** How to read it, where the block that holds it does not say so. */
  readonly read?: string;
  /** What the drawing leaves out. */
  readonly note?: string;
  readonly spec: Spec;
}

export const SCHEMA_URL = 'https://vega.github.io/schema/vega-lite/v6.json';

/** The same stack as the page's, so that Vega measures what the browser sets. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

export const CONFIG: Config = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    gridColor: 'var(--line)',
    domainColor: 'var(--line)',
    tickColor: 'var(--line)',
    labelFontSize: 12,
    labelLimit: 140,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
  },
  legend: {
    orient: 'bottom',
    columns: 3,
    rowPadding: 4,
    labelColor: 'var(--ink)',
    labelFontSize: 12,
    labelLimit: 110,
  },
  text: { color: 'var(--ink)', fontSize: 12 },
};

export function backendColor(backend: Row['backend']): string {
  return `var(--${backend})`;
}

/** Beyond this ratio of largest to smallest, bars from zero hide the small ones and an axis turns logarithmic. */
export const LOG_FROM = 20;

export function wantsLog(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0);
  return positive.length > 0 && Math.max(...positive) / Math.min(...positive) > LOG_FROM;
}

/** `0.5`, `20`, `50M`: SI prefixes only where numbers are long. */
export const NUMBER_LABEL = "datum.value >= 10000 ? format(datum.value, '~s') : format(datum.value, '~r')";

/** A logarithmic scale that ends where its values end, with ticks at 1, 2 and 5, or at powers of ten where those are many. */
export function logAxis(values: readonly number[]) {
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive);
  const high = Math.max(...positive);
  const decades: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) decades.push(10 ** e);
  const within = (ticks: number[]) => ticks.filter((tick) => tick >= low * 0.8 && tick <= high * 1.25);
  const fine = within(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]));
  const coarse = within(decades);
  const step = Math.ceil(coarse.length / 6);
  const ticks = fine.length <= 7 ? fine : coarse.filter((_, i) => i % step === 0);
  return {
    scale: { type: 'log' as const, domain: [low, high], nice: false, padding: 10 },
    axis: { values: ticks, grid: true, labelExpr: NUMBER_LABEL, labelOverlap: true },
  };
}

/** From zero. */
export const LINEAR_AXIS = {
  scale: { zero: true, nice: true },
  axis: { tickCount: 5, grid: true, labelExpr: NUMBER_LABEL, labelOverlap: true },
};

export const SHAPES = [
  'circle',
  'square',
  'diamond',
  'triangle-up',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
];

/** One colour for each backend and one shape for each variant within it: colour and shape together name a variant. */
export function variantScales(rows: readonly Row[]): {
  domain: string[];
  colors: string[];
  shapes: string[];
} {
  const backends = new Map<string, Row['backend']>();
  for (const row of rows) backends.set(row.variant, row.backend);
  const domain = [...backends.keys()].sort(
    (a, b) => BACKEND_ORDER.indexOf(backends.get(a)!) - BACKEND_ORDER.indexOf(backends.get(b)!),
  );
  const used = new Map<string, number>();
  const shapes = domain.map((variant) => {
    const backend = backends.get(variant)!;
    const n = used.get(backend) ?? 0;
    used.set(backend, n + 1);
    return SHAPES[n % SHAPES.length]!;
  });
  return { domain, colors: domain.map((variant) => backendColor(backends.get(variant)!)), shapes };
}

/** The value that most of the list have; the first of them where several tie. */
export function commonest<T>(values: readonly T[]): T | undefined {
  const groups = [...groupBy(values, String).values()];
  return groups.reduce<readonly T[]>((a, b) => (b.length > a.length ? b : a), [])[0];
}

/** What a pointer over a mark says; the fields that {@link TOOLTIP} lists. */
export function tooltipFields(row: Row): Record<string, string> {
  return {
    cell: `${row.subject}/${row.variant}`,
    case: row.case,
    time: row.medianNs === undefined ? '' : `${duration(row.medianNs)} ${spread(row)}`,
    speed: row.rate === undefined || !row.rateUnit ? '' : rateText(row.rate, row.rateUnit),
    naive: row.timesNaive === undefined ? '' : ratio(row.timesNaive),
    peak: peakText(row),
    error: row.maxError === undefined ? '' : `${errorText(row.maxError)} ${row.metric}`,
  };
}

export const TOOLTIP = [
  { field: 'cell', type: 'nominal' as const },
  { field: 'case', type: 'nominal' as const },
  { field: 'time', type: 'nominal' as const },
  { field: 'speed', type: 'nominal' as const, title: 'rate' },
  { field: 'naive', type: 'nominal' as const, title: '× naive' },
  { field: 'peak', type: 'nominal' as const, title: 'of peak' },
  { field: 'error', type: 'nominal' as const, title: 'max error' },
];
