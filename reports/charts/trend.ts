import { change, digits, duration } from '../format.ts';
import type { Trend } from '../trends.ts';
import { backendColor, type Chart, SCHEMA_URL } from './theme.ts';

const UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;

/**
 * The time of one cell in one environment, commit by commit; a thick line is a level, and where one ends and the next begins the
 * commit is named. Nothing for a single commit.
 */
export function trend({ id, environment, backend, points, variant, case: shape }: Trend): Chart | undefined {
  const timed = points.filter(({ medianNs }) => medianNs !== undefined);
  if (timed.length < 2) return undefined;
  const least = Math.min(...timed.map(({ medianNs }) => medianNs!));
  const [unit, ns] = UNITS.find(([, size]) => least >= size) ?? UNITS.at(-1)!;
  let level = 0;
  const values = timed.map((point, i) => {
    if (point.step !== undefined) level++;
    return {
      ...{ at: i, commit: point.commit.slice(0, 8), level, levelTime: point.levelNs! / ns },
      ...{ time: point.medianNs! / ns, low: point.lowNs! / ns, high: point.highNs! / ns },
      ...{ text: duration(point.medianNs!), date: point.date.slice(0, 10), subject: point.subject ?? '' },
      ...(point.step === undefined
        ? {}
        : { step: `${change(point.step)} ${point.commit.slice(0, 8)}`, worse: point.step > 1 }),
    };
  });
  const last = timed.length - 1;
  const x = {
    field: 'at',
    type: 'quantitative' as const,
    title: `commit (${timed[0]!.date.slice(0, 10)} to ${timed.at(-1)!.date.slice(0, 10)})`,
    scale: { domain: [0, last], nice: false, padding: 12 },
    axis: {
      grid: false,
      values: ticksOf(last),
      labelExpr: `${JSON.stringify(values.map(({ commit }) => commit))}[datum.value]`,
    },
  };
  const y = {
    type: 'quantitative' as const,
    title: `time (${unit})`,
    scale: { zero: false, padding: 16 },
    axis: { tickCount: 5, grid: true },
  };
  const color = backendColor(backend);
  const toned = { condition: { test: 'datum.worse', value: 'var(--bad)' }, value: 'var(--good)' };
  const steps = values.filter(({ step }) => step !== undefined);
  return {
    title: `${variant} · ${shape}${environment === 'node' ? '' : ` · ${environment}`}`,
    ...(points.length > timed.length
      ? { note: `${points.length - timed.length} of ${points.length} commits have no time` }
      : {}),
    spec: {
      $schema: SCHEMA_URL,
      description: `Time of ${id} by commit: ${digits(values[0]!.time)} to ${digits(values.at(-1)!.time)} ${unit}, ${steps.length} steps`,
      width: 'container',
      height: 220,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 8, top: 18, bottom: 4 },
      data: { values },
      encoding: { x },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1, opacity: 0.45, color },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'line', strokeWidth: 3, opacity: 0.35, color },
          encoding: {
            y: { ...y, field: 'levelTime' },
            detail: { field: 'level', type: 'nominal' },
          },
        },
        {
          mark: { type: 'point', filled: true, size: 32, color, opacity: 1 },
          encoding: {
            y: { ...y, field: 'time' },
            tooltip: (['commit', 'date', 'subject', 'text'] as const).map((field) => ({
              field,
              type: 'nominal' as const,
              title: field === 'text' ? 'time' : field,
            })),
          },
        },
        {
          data: { values: steps },
          mark: { type: 'rule', strokeDash: [4, 3] },
          encoding: { color: toned },
        },
        // Towards the middle, so that a name stays within the drawing.
        ...(['left', 'right'] as const).map((align) => ({
          data: { values: steps.filter(({ at }) => at > last / 2 === (align === 'right')) },
          mark: { type: 'text' as const, align, baseline: 'bottom' as const, dy: -3, fontSize: 11 },
          encoding: {
            y: { value: 0 },
            text: { field: 'step', type: 'nominal' as const },
            color: toned,
          },
        })),
      ],
    },
  };
}

/** At most five, evenly. */
function ticksOf(last: number): number[] {
  const count = Math.min(4, last);
  return [...new Set(Array.from({ length: count + 1 }, (_, i) => Math.round((i * last) / count)))];
}
