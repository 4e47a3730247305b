import { describe, expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { environment } from './environment.ts';
import { fixtureRecords } from './fixture.ts';
import { toRows } from './rows.ts';
import { pageData } from './sections.ts';
import { cellTable } from './tables.ts';

const plain = fixtureRecords({ processes: 1 }).filter(({ subject }) => subject === 'matmul');
const rich = plain.map((record): ZooRecord => {
  if (!record.time || !record.roofline) return record;
  return {
    ...record,
    tier: { tier: 'turbofan', deopts: record.variant === 'simd' ? 1 : 0 },
    memory: { ...record.memory!, gcMinor: 12, gcMajor: 0, gcMs: 3.4, peakBytes: 2e6 },
    roofline: { ...record.roofline, peak: 'fma', level: 'L2', runtimeFraction: 0.4 },
    ...(record.variant === 'simd' ? { noisy: 'load 4.0' } : {}),
  };
});
const OPTIONAL = ['peak', 'of JS', 'GC in 1000 calls', 'peak bytes', 'tier', 'noise', 'above its peak'];

/** The cell of the first line of a variant under a title. */
function text(records: readonly ZooRecord[], variant: string, title: string): string | undefined {
  const { columns, rows } = cellTable(toRows(records));
  const at = columns.findIndex((column) => column.title === title);
  return rows.find(({ cells }) => cells[0]!.text === variant)?.cells[at]?.text;
}

describe('the table of all cells', () => {
  it('has the columns of tier, collections, peak and noise only where a record has them', () => {
    const titles = (records: readonly ZooRecord[]) =>
      cellTable(toRows(records))
        .columns.map(({ title }) => title)
        .filter((title) => OPTIONAL.includes(title));
    expect(titles(plain)).toEqual([]);
    expect(titles(rich)).toEqual(OPTIONAL.slice(0, -1));
  });

  it('shows interval, tier, bytes, collections, peak and noise of a cell', () => {
    expect(text(rich, 'simd', '±')).toMatch(/%$/);
    expect(text(rich, 'simd', 'tier')).toBe('turbofan, 1 de-optimised');
    expect(text(rich, 'simd', 'heap')).toBe('0 B');
    expect(text(rich, 'simd', 'GC in 1000 calls')).toBe('12.0 minor, 0 major, 3.40 ms');
    expect(text(rich, 'simd', 'peak')).toMatch(/^(fma|L2 bandwidth)$/);
    expect(text(rich, 'simd', 'of JS')).toBe('40 %');
    expect(text(rich, 'simd', 'noise')).toBe('load 4.0');
    expect(text(rich, 'simd', 'verdict')).toBe('ok, noisy');
    expect(text(rich, 'naive', 'verdict')).toBe('ok');
  });
});

describe('the page', () => {
  it('warns of noisy cells, of fractions that cannot be, and of environments side by side', () => {
    const doubtful = rich.map((record) =>
      record.roofline ? { ...record, roofline: { ...record.roofline, impossible: 'why' } } : record,
    );
    const elsewhere = plain.map((record) => ({ ...record, host: { ...record.host, os: 'Other OS' } }));
    const warnings = pageData([...doubtful, ...elsewhere], 'x').warnings.join('\n');
    expect(warnings).toMatch(/^4 of \d+ cells are noisy/m);
    expect(warnings).toMatch(/cells are above the peak that binds them/);
    expect(warnings).toMatch(/^Records of 2 environments stand side by side/m);
    expect(pageData(plain, 'x').warnings.join('\n')).not.toMatch(/noisy|above the peak|environments/);
  });

  it('gives each environment a column, under the name that it has in the tables', () => {
    const elsewhere = plain.map((record) => ({ ...record, host: { ...record.host, threads: 4 } }));
    const table = environment([...plain, ...elsewhere]).blocks[0]!;
    if (table.type !== 'table') throw new Error('not a table');
    expect(table.columns.map(({ title }) => title)).toEqual(['', 'node, 2 threads', 'node, 4 threads']);
  });
});
