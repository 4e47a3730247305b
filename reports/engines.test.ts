import { describe, expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { engineGrids, engineSpeeds } from './engines.ts';
import { fixtureRecords } from './fixture.ts';
import { toRows } from './rows.ts';
import { formatRows } from './text.ts';

const here = fixtureRecords().filter((record) => record.case === 'M=384,N=384,K=384');

/** The same cells in another engine, so many times as slow. */
function inEngine(
  runtime: string,
  slower: number,
  but: Partial<Record<string, Partial<ZooRecord>>> = {},
): ZooRecord[] {
  return here.map((record) => ({
    ...record,
    ...(record.time
      ? {
          time: {
            ...record.time,
            medianNs: record.time.medianNs * slower,
            processMediansNs: record.time.processMediansNs.map((ns) => ns * slower),
            samplesNs: record.time.samplesNs.map((ns) => ns * slower),
          },
        }
      : {}),
    host: { ...record.host, runtime },
    ...but[record.variant],
  }));
}

const text = (records: ZooRecord[]) => formatRows(toRows(records), 'table', { color: false });
const line = (table: string, variant: string) =>
  table.split('\n').find((each) => each.startsWith(`${variant} `)) ?? '';

describe('engine by variant', () => {
  it('is not there for one engine', () => expect(engineGrids(toRows(here))).toEqual([]));

  it('never pools engines: each has its own time', () => {
    const [grid] = engineGrids(toRows([...here, ...inEngine('bun', 3)]));
    const [node, bun] = grid!.lines.find(({ variant }) => variant === 'naive')!.rows;
    expect(bun!.medianNs! / node!.medianNs!).toBeCloseTo(3, 6);
    // And its own naive: a third of the speed is no slower variant.
    expect(bun!.timesNaive).toBe(1);
  });

  it('marks the fastest of each engine, and says how fast that is against the first', () => {
    const wrong = { status: 'wrong', reason: 'off' } as const;
    const fastest = engineGrids(toRows([...here, ...inEngine('bun', 2)]))[0]!.fastest[0]!.variant;
    const rows = toRows([...here, ...inEngine('bun', 2, { [fastest]: wrong })]);
    const [grid] = engineGrids(rows);
    expect(grid!.fastest.map((row) => row!.variant)[0]).toBe(fastest);
    expect(grid!.fastest[1]!.variant).not.toBe(fastest);
    expect(engineSpeeds(grid!)[0]).toBe('1.00×');
    expect(Number.parseFloat(engineSpeeds(grid!)[1]!)).toBeLessThan(0.5);
    const table = formatRows(rows, 'table', { color: false });
    expect(line(table, fastest)).toMatch(/\*\s+wrong$/);
  });

  it('fits 140 columns with nine engines, and states what has no time', () => {
    const names = ['node@20', 'node@22', 'node@26', 'bun', 'deno', 'chromium', 'firefox', 'webkit'];
    const unsupported = { status: 'unsupported', reason: 'no WebGPU', time: undefined } as const;
    const all = names.flatMap((name, i) => inEngine(name, 1 + i, i > 5 ? { webgpu: unsupported } : {}));
    const table = text([...here, ...all]);
    for (const each of table.split('\n')) expect(each.length, each).toBeLessThanOrEqual(140);
    expect(line(table, 'webgpu')).toMatch(/unsupported\s+unsupported$/);
  });

  it('has a software GPU in brackets, which is never the fastest', () => {
    const software = here.map((record) => ({ ...record, host: { ...record.host, gpuIsSoftware: true } }));
    const table = text([...software, ...inEngine('deno', 1)]);
    expect(line(table, 'webgpu')).toMatch(/\(\S+ \S+\)/);
  });
});
