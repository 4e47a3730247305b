import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { csvParse } from 'd3-dsv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleRecords } from '../ci/records.fixture.ts';
import { appendRecord, type ZooRecord } from '../harness/record.ts';
import { register } from './compare.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-compare-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

function store(name: string, records: readonly ZooRecord[]): string {
  const file = join(folder, name);
  writeFileSync(file, '');
  for (const record of records) appendRecord(file, record);
  return file;
}

async function compare(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  const program = new Command();
  program.exitOverride();
  register(program);
  await program.parseAsync(['compare', ...args], { from: 'user' });
  return { out: out.join(''), err: err.join(''), code: process.exitCode };
}

const naive = sampleRecords('gelu/naive@N=8', { ns: [1000, 1010, 990, 1005, 995] });
const simd = sampleRecords('gelu/simd@N=8', { ns: [200, 202, 198, 201, 199], backend: 'wasm' });
const slower = sampleRecords('gelu/simd@N=8', { ns: [240, 242, 238, 241, 239], backend: 'wasm' });
const wrong = sampleRecords('gelu/table@N=8', { status: 'wrong' });

describe('zoo compare', () => {
  it('prints the variants of a file side by side', async () => {
    const file = store('a.jsonl', [...simd, ...wrong, ...naive]);
    const { out, code } = await compare('--records', file);
    expect(code).toBe(1); // table is wrong
    expect(out).toBe(`gelu
case  variant             time  speed ÷ naive  95 % interval  verdict
N=8   naive    1.00 µs ±0.99 %                                baseline
      table                                                   wrong: abs error 1, tolerance 1e-6
      simd      200 ns ±0.99 %          5.00×   4.94 to 5.06  faster

intervals: 95 %; same: within ±3 %; of the differences named at most 1 % are expected to be false
1 wrong, 1 faster, 1 baseline
`);
  });

  it('says that one process a side decides only beyond 10 %', async () => {
    const file = store('a.jsonl', [naive[0]!, simd[0]!]);
    expect((await compare('--records', file)).out).toContain(
      'only what is more than 10 % apart is called different',
    );
  });

  it('compares two files, and says in what their hosts differ, on both streams', async () => {
    const elsewhere = [...naive, ...slower].map((r) => ({ ...r, host: { ...r.host, cpu: 'Other CPU' } }));
    const { out, err, code } = await compare(
      store('old.jsonl', [...naive, ...simd, ...wrong]),
      store('new.jsonl', elsewhere),
    );
    expect(code).toBe(1);
    for (const text of [out, err]) {
      expect(text).toContain('different processor: Example CPU in the old file, Other CPU in the new one');
    }
    expect(out).toContain('only in the old file: gelu/table@N=8');
    expect(out).toMatch(/ simd .*\+20 % +\+19 to \+21 % +slower/);
    expect(out).toMatch(/N=8 +naive .* same\n/);
  });

  it('gives every field as csv and json', async () => {
    const file = store('a.jsonl', [...naive, ...simd, ...wrong]);
    const csv = csvParse((await compare('--records', file, '--format', 'csv')).out);
    const json = JSON.parse((await compare('--records', file, '--format', 'json')).out).rows;
    expect(csv.map((row) => row.verdict)).toEqual(['baseline', 'wrong', 'faster']);
    expect(Number(csv[2]!.timeRatio)).toBeCloseTo(0.2, 3);
    expect(csv[1]!.timeRatio).toBe('');
    expect(json.map((row: { id: string }) => row.id)).toEqual(csv.map((row) => row.id));
  });

  it('selects among the records, and refuses an empty selection and a lone file', async () => {
    const file = store('a.jsonl', [...naive, ...simd]);
    const { out } = await compare('gelu/simd', '--records', file, '--against', 'simd', '--format', 'csv');
    expect(csvParse(out).map((row) => row.id)).toEqual(['gelu/simd@N=8']);
    await expect(compare('matmul', '--records', file)).rejects.toThrow('has no records of this selection');
    await expect(compare(file)).rejects.toThrow('zoo compare OLD.jsonl NEW.jsonl');
    await expect(compare(file, file, 'gelu')).rejects.toThrow('zoo compare OLD.jsonl NEW.jsonl');
  });

  it('refuses an unknown baseline with the nearest name', async () => {
    await expect(compare('softmax', '--against', 'niave')).rejects.toThrow('did you mean "naive"?');
  });
});
