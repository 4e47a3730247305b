/** The page of a history: its steps first, then a chart for each cell and all points behind it. */
import { CHANGE_LEVEL } from '../harness/stats/divisive.ts';
import { CONFIG } from './charts/theme.ts';
import { trend } from './charts/trend.ts';
import { change, duration, percent } from './format.ts';
import type { PageData, Section, TableBlock } from './page/data.ts';
import { groupBy } from './rows.ts';
import { number } from './tables.ts';
import { LEAST_STEP, type Trend, type TrendPoint } from './trends.ts';
import { commitName, halfOf } from './trends-text.ts';

const METHOD = `Levels are found by E-divisive (Matteson & James, 2014) on the logarithms of the times: at most ${100 * CHANGE_LEVEL} % of series that nothing changed in have a step. A step needs three commits on either side, and about five to be seen at 5 %; steps below ${100 * LEAST_STEP} % are not marked. Series of different machines, engines, flags or numbers of threads are never one.`;

export function historyPage(trends: readonly Trend[], title: string): PageData {
  const points = trends.flatMap((each) => each.points);
  const dates = points.map(({ date }) => date.slice(0, 10)).sort();
  const steps = trends.flatMap((each) =>
    each.points.flatMap((point) => (point.step === undefined ? [] : [{ trend: each, point }])),
  );
  const worse = steps.filter(({ point }) => point.step! > 1).length;
  const dirty = points.some((point) => point.dirty);
  return {
    title,
    subtitle: [`${dates[0]} to ${dates.at(-1)}`, ...new Set(trends.map((each) => each.environment))].join(
      ' · ',
    ),
    facts: [
      { label: 'commits', value: String(new Set(points.map(({ commit }) => commit)).size) },
      { label: 'series', value: String(trends.length) },
      { label: 'steps up', value: String(worse), tone: worse > 0 ? 'bad' : 'quiet' },
      { label: 'steps down', value: String(steps.length - worse), tone: 'good' },
    ],
    warnings: dirty
      ? [
          'A “+” behind a commit: its tree had changes that were not committed, so that it does not say what was measured.',
        ]
      : [],
    sections: [
      stepSection(steps),
      ...[...groupBy(trends, ({ subject }) => subject).values()].map(subjectSection),
    ],
    config: CONFIG,
  };
}

function stepSection(steps: readonly { trend: Trend; point: TrendPoint }[]): Section {
  const newest = [...steps].sort((a, b) => (a.point.date < b.point.date ? 1 : -1));
  const table: TableBlock = {
    type: 'table',
    title: 'Commits at which a level changed',
    read: 'Newest first. The level is the median of all commits up to the next step.',
    columns: [
      ...[{ title: 'commit' }, { title: 'date' }, { title: 'cell' }, { title: 'environment' }],
      ...['before', 'behind', 'change'].map((name) => ({ title: name, numeric: true })),
      { title: 'subject', wrap: true },
    ],
    rows: newest.map(({ trend: { id, environment }, point }) => ({
      cells: [
        { text: commitName(point) },
        { text: point.date.slice(0, 10) },
        { text: id },
        { text: environment },
        number(point.levelNs! / point.step!, duration),
        number(point.levelNs, duration),
        { ...number(point.step, change), tone: point.step! > 1 ? 'bad' : 'good' },
        { text: point.subject ?? '' },
      ],
    })),
  };
  return { id: 'steps', title: 'Steps', text: METHOD, blocks: steps.length > 0 ? [table] : [] };
}

function subjectSection(trends: readonly Trend[], index: number): Section {
  const charts = trends.flatMap((each) => trend(each) ?? []);
  return {
    // Numbered: names come from records and may be anything.
    id: `subject-${index + 1}`,
    title: trends[0]!.subject,
    blocks: [
      ...(charts.length > 0
        ? [
            {
              type: 'charts' as const,
              title: 'Time by commit',
              read: 'Point: the time of one commit; thin line: its 95 % interval; thick line: a level. Dashed: the commit at which the level changed, red where it became slower. The axis of time does not start at 0.',
              charts,
            },
          ]
        : []),
      pointTable(trends),
    ],
  };
}

function pointTable(trends: readonly Trend[]): TableBlock {
  return {
    type: 'table',
    title: 'All commits',
    columns: [
      ...[{ title: 'cell' }, { title: 'environment' }, { title: 'commit' }, { title: 'date' }],
      ...['time', '±', 'to previous', 'step'].map((name) => ({ title: name, numeric: true })),
      { title: 'subject', wrap: true },
    ],
    rows: trends.flatMap(({ variant, case: shape, environment, points }) =>
      points.map((point, i) => ({
        startsGroup: i === 0,
        cells: [
          { text: `${variant}@${shape}` },
          { text: environment },
          { text: commitName(point) },
          { text: point.date.slice(0, 10) },
          point.medianNs === undefined
            ? { text: point.status === 'ok' ? (point.reason ?? '') : point.status, sort: null }
            : number(point.medianNs, duration),
          number(halfOf(point), percent),
          number(point.ratio, change),
          point.step === undefined
            ? number(point.step, change)
            : { ...number(point.step, change), tone: point.step > 1 ? ('bad' as const) : ('good' as const) },
          { text: point.subject ?? '' },
        ],
      })),
    ),
  };
}
