/** Series of times as text: a table for each, and csv, json and Markdown for everything else. */
import { csvFormat } from 'd3-dsv';
import { markdownTable } from 'markdown-table';
import { change, duration, percent } from './format.ts';
import { cut, escapeMarkdown, paint, plainTable } from './text.ts';
import type { Trend, TrendPoint } from './trends.ts';

export const TREND_FORMATS = ['table', 'json', 'csv', 'md'] as const;
export type TrendFormat = (typeof TREND_FORMATS)[number];

/** Ends with a newline. `json` and `csv` hold every field of every point. */
export function formatTrends(trends: readonly Trend[], format: TrendFormat, color = false): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(trends, null, 2)}\n`;
    case 'csv':
      return `${csvFormat(
        trends.flatMap(({ id, environment, points }) =>
          points.map((point) => ({ id, environment, ...point })),
        ),
        [...COLUMNS_CSV],
      )}\n`;
    case 'md':
      return trends
        .map((trend) => {
          const rows = [HEAD, ...trend.points.map(lineOf)].map((line) => line.map(escapeMarkdown));
          return `### ${escapeMarkdown(nameOf(trend))}\n\n${markdownTable(rows)}\n`;
        })
        .join('\n');
    case 'table':
      return trends
        .map((trend) => {
          const rows = trend.points.map((point) => {
            const line = lineOf(point);
            const step = HEAD.indexOf('step');
            line.push(cut(line.pop()!, MOST_SUBJECT));
            line[step] = paint(line[step]!, (point.step ?? 1) > 1 ? 'red' : 'green', color);
            return line;
          });
          return `${paint(nameOf(trend), 'bold', color)}\n${plainTable(HEAD, rows, ALIGN)}\n`;
        })
        .join('\n');
  }
}

const COLUMNS_CSV = [
  ...(['id', 'environment', 'commit', 'dirty', 'date', 'subject', 'status', 'reason'] as const),
  ...(['medianNs', 'lowNs', 'highNs', 'processes', 'ratio', 'levelNs', 'step', 'noisy'] as const),
] as const;

/** `matmul/simd@M=64,N=64,K=64 in node, 4 threads` */
export function nameOf({ id, environment }: Pick<Trend, 'id' | 'environment'>): string {
  return environment === 'node' ? id : `${id} in ${environment}`;
}

/** Characters of a commit's subject in a table. */
const MOST_SUBJECT = 60;

const HEAD = ['commit', 'date', 'time', '±', 'to previous', 'step', 'subject'];
const ALIGN = ['left', 'left', 'right', 'right', 'right', 'left', 'left'] as const;

/** `1a2b3c4d5e`, and `+` behind it for a tree that was not as committed. */
export function commitName({ commit, dirty }: Pick<TrendPoint, 'commit' | 'dirty'>): string {
  return `${commit.slice(0, 10)}${dirty ? '+' : ''}`;
}

/** Half the interval, as a share of the time. */
export function halfOf({ medianNs, lowNs, highNs }: TrendPoint): number | undefined {
  if (medianNs === undefined || lowNs === undefined || highNs === undefined) return undefined;
  return Math.max(highNs - medianNs, medianNs - lowNs) / medianNs;
}

function lineOf(point: TrendPoint): string[] {
  const { date, medianNs, ratio, step, status, noisy, reason, subject = '' } = point;
  const half = halfOf(point);
  return [
    commitName(point),
    date.slice(0, 10),
    medianNs === undefined ? (status === 'ok' ? (reason ?? 'no time') : status) : duration(medianNs),
    half === undefined ? '' : percent(half),
    ratio === undefined ? '' : change(ratio),
    step === undefined ? '' : `◆ ${change(step)}`,
    noisy === undefined ? subject : `${subject} (noisy)`,
  ];
}
