import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleRecords } from '../ci/records.fixture.ts';
import { appendRecord, type MemorySummary } from '../harness/record.ts';
import { register } from './bench.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-bench-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** `zoo bench --assert-no-alloc` on a run that is complete: a resumed run measures nothing again. */
async function assertNoAlloc(memory?: Partial<MemorySummary>) {
  const file = join(folder, 'records.jsonl');
  for (const record of sampleRecords('gelu/tanh@N=3072', { ns: [1000] })) {
    appendRecord(file, { ...record, ...(memory ? { memory: { method: 'by hand', ...memory } } : {}) });
  }
  const err: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  const program = new Command();
  register(program);
  const args = [
    'bench',
    'gelu/tanh@N=3072',
    '--resume',
    file,
    '--no-report',
    '--assert-no-alloc',
    '--processes',
    '1',
  ];
  await program.parseAsync(args, { from: 'user' });
  return { err: err.join(''), code: process.exitCode };
}

describe('zoo bench --assert-no-alloc', () => {
  it('exits 0 and says nothing where no cell allocates', async () => {
    expect(await assertNoAlloc({ heapBytesPerOp: 0, externalBytesPerOp: 0 })).toEqual({ err: '', code: 0 });
  });

  it('exits 1 with one line for a cell that allocates', async () => {
    const { err, code } = await assertNoAlloc({ heapBytesPerOp: 48, externalBytesPerOp: 0 });
    expect(code).toBe(1);
    expect(err).toBe('gelu/tanh@N=3072 allocates 48 B on the heap and 0 B outside, a call\n');
  });

  it('exits 3 with one line for a cell whose allocation nobody read', async () => {
    const { err, code } = await assertNoAlloc();
    expect(code).toBe(3);
    expect(err).toBe('gelu/tanh@N=3072: allocation unknown: not measured\n');
  });
});
