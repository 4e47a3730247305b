import { expect, it } from 'vitest';
import { fixtureRecords } from './fixture.ts';
import { toRows } from './rows.ts';
import { cellTable } from './tables.ts';
import { formatRows } from './text.ts';

const first = fixtureRecords().find(({ status, replicate }) => status === 'ok' && replicate === 0)!;
const gc = (gcMinor: number, gcMajor: number, gcMs: number, peakBytes: number) =>
  toRows([{ ...first, memory: { ...{ gcMinor, gcMajor, gcMs, peakBytes }, method: 'by hand' } }]);

function texts(rows: ReturnType<typeof toRows>): (title: string) => string | undefined {
  const table = cellTable(rows);
  return (title) => table.rows[0]!.cells[table.columns.findIndex((column) => column.title === title)]?.text;
}

it('the table of all cells shows collections, the time in them, and the peak', () => {
  const text = texts(gc(12.5, 1, 3.2, 8_500_000));
  expect(text('GC minor + major')).toBe('12.5 + 1.00');
  expect(text('GC time')).toBe('3.20 ms');
  expect(text('peak')).toBe('8.50 MB');
});

it('shows 0 for a cell that was never collected, and nothing for one that was not measured', () => {
  const none = texts(gc(0, 0, 0, 100));
  expect([none('GC minor + major'), none('GC time')]).toEqual(['0', '0']);
  const { memory: _, ...bare } = first;
  const unmeasured = texts(toRows([bare]));
  expect([unmeasured('GC minor + major'), unmeasured('GC time'), unmeasured('peak')]).toEqual(['', '', '']);
});

it('csv and json rows hold the four fields', () => {
  const rows = gc(12.5, 1, 3.2, 8_500_000);
  expect(JSON.parse(formatRows(rows, 'json', { color: false }))[0]).toMatchObject({
    gcMinor: 12.5,
    gcMajor: 1,
    gcMs: 3.2,
    peakBytes: 8_500_000,
  });
  const [header, line] = formatRows(rows, 'csv', { color: false }).split('\n');
  expect(header).toMatch(/,gcMinor,gcMajor,gcMs,peakBytes$/);
  expect(line).toMatch(/,12\.5,1,3\.2,8500000$/);
});
