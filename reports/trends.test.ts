import { compile } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { trend } from './charts/trend.ts';
import { fixtureRecords } from './fixture.ts';
import { renderPage } from './html.ts';
import { type CommitRecords, trendsOf } from './trends.ts';
import { historyPage } from './trends-page.ts';
import { formatTrends } from './trends-text.ts';

const record = fixtureRecords({ processes: 1 }).find(
  ({ id, status }) => id.startsWith('softmax/simd@') && status === 'ok',
)!;

/** One record of so many nanoseconds, with 0.3 % of noise that repeats. */
function at(ns: number, host: Partial<ZooRecord['host']> = {}, more: Partial<ZooRecord> = {}): ZooRecord {
  const time = { ...record.time!, medianNs: ns, ciLowNs: 0.99 * ns, ciHighNs: 1.01 * ns };
  return {
    ...record,
    time: { ...time, processMediansNs: [ns] },
    host: { ...record.host, dirty: false, ...host },
    ...more,
  };
}

const hash = (i: number) => i.toString(16).padStart(40, '0');

function history(n: number, of: (i: number) => ZooRecord[]): CommitRecords[] {
  return Array.from({ length: n }, (_, i) => ({
    ...{ commit: hash(i), subject: `change <${i}>`, committed: `2026-01-${String(i + 1).padStart(2, '0')}` },
    records: of(i),
  }));
}

const noise = (i: number) => 1 + 0.003 * Math.sin(7 * i * i);
const stepped = history(20, (i) => [at((i < 12 ? 100 : 106) * noise(i))]);

describe('trendsOf', () => {
  it('marks the commit at which the level changed, with its size', () => {
    const [trend] = trendsOf(stepped);
    const steps = trend!.points.filter(({ step }) => step !== undefined);
    expect(steps.map(({ commit }) => commit)).toEqual([hash(12)]);
    expect(steps[0]!.step).toBeCloseTo(1.06, 2);
    expect(trend!.points[13]!.ratio).toBeCloseTo(noise(13) / noise(12), 9);
  });

  it('marks none in a flat series, nor one below 1 %', () => {
    const marked = (ns: (i: number) => number) =>
      trendsOf(history(20, (i) => [at(ns(i))]))[0]!.points.filter(({ step }) => step);
    expect(marked((i) => 100 * noise(i))).toEqual([]);
    expect(marked((i) => (i < 10 ? 100 : 100.8) * (1 + 0.0001 * (i % 2)))).toEqual([]);
  });

  it('never mixes environments: a machine that came later is a series of its own', () => {
    const trends = trendsOf(history(10, (i) => [at(100), ...(i > 4 ? [at(50, { threads: 8 })] : [])]));
    expect(trends.map(({ environment, points }) => [environment, points.length])).toEqual([
      [expect.stringContaining(`${record.host.threads} threads`), 10],
      [expect.stringContaining('8 threads'), 5],
    ]);
    expect(trends.flatMap(({ points }) => points.filter(({ step }) => step))).toEqual([]);
  });

  it('makes one point of several runs of a commit, and a point without a time of what failed', () => {
    const [trend] = trendsOf(
      history(3, (i) =>
        i === 1
          ? [at(1, {}, { status: 'failed', reason: 'exit code 1', time: undefined })]
          : [at(100), at(104, {}, { replicate: 1 }), at(102, {}, { replicate: 2 })],
      ),
    );
    expect(trend!.points).toMatchObject([
      { processes: 3, status: 'ok' },
      { status: 'failed', reason: 'exit code 1' },
      { processes: 3, ratio: 1 },
    ]);
  });

  it('keeps a tree with changes apart from its commit', () => {
    const [trend] = trendsOf(history(1, () => [at(100), at(200, { dirty: true })]));
    expect(trend!.points.map(({ dirty, medianNs }) => [dirty, medianNs])).toEqual([
      [false, 100],
      [true, 200],
    ]);
  });
});

describe('as text', () => {
  const trends = trendsOf(stepped);
  it('a table names the step and the commit', () => {
    const lines = formatTrends(trends, 'table').split('\n');
    expect(lines[0]).toBe(record.id);
    expect(lines.filter((line) => line.includes('◆'))).toEqual([
      expect.stringMatching(/^0{10} {2}2026-01-13 .*\+6\.\d+ % .*◆ \+6\.\d+ % {2}change <12>$/),
    ]);
  });
  it('csv has a line for each point, Markdown holds no markup of a subject, json everything', () => {
    expect(formatTrends(trends, 'csv').trimEnd().split('\n').length).toBe(21);
    expect(formatTrends(trends, 'md')).toContain('change \\<12\\>');
    expect(JSON.parse(formatTrends(trends, 'json'))).toEqual(JSON.parse(JSON.stringify(trends)));
  });
});

describe('the page', () => {
  it('has the steps, newest first, and a chart that Vega-Lite takes without a warning', () => {
    const trends = trendsOf(stepped);
    const page = historyPage(trends, 'history');
    const [block] = page.sections[0]!.blocks;
    expect(block?.type === 'table' && block.rows.map(({ cells }) => cells[0]!.text)).toEqual(['0000000000']);
    const warnings: string[] = [];
    const warn = (...args: readonly unknown[]) => {
      warnings.push(args.join(' '));
      return logger;
    };
    const logger = {
      level: () => logger,
      error: warn,
      warn,
      info: () => logger,
      debug: () => logger,
    } as never;
    expect(compile(trend(trends[0]!)!.spec, { logger }).spec.marks!.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
    expect(renderPage(page)).toContain('Time by commit');
  });
});
