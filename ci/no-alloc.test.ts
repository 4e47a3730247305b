import { describe, expect, it } from 'vitest';
import { judgeNoAlloc } from './no-alloc.ts';
import { sampleRecords } from './records.fixture.ts';

const cell = (name: string, heapBytesPerOp: number, externalBytesPerOp = 0) =>
  sampleRecords(`gelu/${name}@N=8`, { memory: { heapBytesPerOp, externalBytesPerOp } });

describe('judgeNoAlloc', () => {
  it('passes cells that allocate nothing, up to the one byte that a reading may be off', () => {
    expect(judgeNoAlloc([...cell('a', 0), ...cell('b', 1)])).toEqual({ lines: [], exitCode: 0 });
  });

  it('fails with 1 and a line for each cell that allocates on the heap or outside', () => {
    const { lines, exitCode } = judgeNoAlloc([...cell('a', 1.1), ...cell('b', 0), ...cell('c', 0, 8000)]);
    expect(exitCode).toBe(1);
    expect(lines).toEqual([
      'gelu/a@N=8 allocates 1.10 B on the heap and 0 B outside, a call',
      'gelu/c@N=8 allocates 0 B on the heap and 8.00 kB outside, a call',
    ]);
  });

  it('judges by the process that allocated most', () => {
    const records = cell('a', 0);
    records[2]!.memory!.heapBytesPerOp = 16;
    expect(judgeNoAlloc(records).exitCode).toBe(1);
  });

  it('is inconclusive, 3, for cells that were not read, failed, or whose trials disagree', () => {
    const unsettled = cell('a', 0);
    unsettled[0]!.memory!.unsettled = true;
    const failed = sampleRecords('gelu/b@N=8', { status: 'failed', reason: 'threw Error' });
    const { lines, exitCode } = judgeNoAlloc([...unsettled, ...failed, ...sampleRecords('gelu/c@N=8')]);
    expect(exitCode).toBe(3);
    expect(lines).toEqual([
      'gelu/a@N=8: allocation unknown: difference',
      'gelu/b@N=8: allocation unknown: failed, threw Error',
      'gelu/c@N=8: allocation unknown: not measured',
    ]);
  });

  it('lets a cell that allocates outweigh one that was not read', () => {
    expect(judgeNoAlloc([...sampleRecords('gelu/c@N=8'), ...cell('a', 48)]).exitCode).toBe(1);
  });
});
