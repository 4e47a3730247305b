import { csvParse } from 'd3-dsv';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixtureRecords } from './fixture.ts';
import { byteSize, digits, duration, errorText, percent } from './format.ts';
import { toRows } from './rows.ts';
import { closing, FORMATS, formatRows, wantsColor } from './text.ts';

const records = fixtureRecords();
const rows = toRows(records);
const ESC = '\u001b';

describe('numbers for people', () => {
  it('have three significant digits and the unit that keeps them below 1000', () => {
    expect([0.5, 999.4, 999.6, 12_345, 1e6, 3.21e12].map(duration)).toEqual([
      '0.500 ns',
      '999 ns',
      '1.00 µs',
      '12.3 µs',
      '1.00 ms',
      '3210 s',
    ]);
    expect([0, 560, 563.7, 1536, 4e9].map(byteSize)).toEqual(['0 B', '560 B', '564 B', '1.54 kB', '4.00 GB']);
    expect([0, 0.00012, 9.996, 99.96, 1234.5, 1e-7].map((x) => digits(x))).toEqual([
      '0',
      '0.000120',
      '10.0',
      '100',
      '1235',
      '1.00e-7',
    ]);
    expect([0.0004, 0.0999, 0.43, 1.06].map(percent)).toEqual(['0.040 %', '10 %', '43 %', '106 %']);
  });

  it('give errors two digits', () => {
    expect([0, 1.23e-7, 1e-5, 0.5, 8700, 'NaN', 'Infinity'].map((value) => errorText(value))).toEqual([
      '0',
      '1.2e-7',
      '1e-5',
      '0.5',
      '8.7e3',
      'NaN',
      'Infinity',
    ]);
  });
});

describe('--format table', () => {
  const table = formatRows(rows, 'table', { color: false });

  it('fits 140 columns', () => {
    for (const line of table.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140);
  });

  it('fits 140 columns with several runtimes and long names of cases, which it shows whole', () => {
    const name = 'model=smollm2-135m,quant=q8_0,depth=128,batch=1';
    const long = records.map((record) => ({
      ...record,
      case: name,
      id: `${record.subject}/${record.variant}@${name}`,
    }));
    const other = long.map((record) => ({ ...record, host: { ...record.host, runtime: 'chromium' } }));
    const text = formatRows(toRows([...long, ...other]), 'table', { color: false });
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140);
    for (const part of name.split(',')) expect(text).toContain(part);
  });

  it('has a table for each kernel and names each case once', () => {
    expect(table.match(/^\w+$/gm)).toEqual([
      'matmul',
      'softmax',
      'gelu',
      'tanh',
      'rmsnorm',
      'rope',
      'dequant',
    ]);
    expect(table.match(/M=384,N=384,K=384/g)?.length).toBe(1);
  });

  it('is coloured only on request, on a terminal without NO_COLOR', () => {
    expect(table).not.toContain(ESC);
    expect(formatRows(rows, 'table', { color: true })).toContain(ESC);
    vi.stubEnv('NO_COLOR', undefined);
    expect(wantsColor({ isTTY: true })).toBe(true);
    expect(wantsColor({})).toBe(false);
    vi.stubEnv('NO_COLOR', '1');
    expect(wantsColor({ isTTY: true })).toBe(false);
  });

  it('looks the same with colour taken out', () => {
    const colored = formatRows(rows, 'table', { color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is
    const plain = colored.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '');
    expect(plain).toBe(table);
  });
});

afterEach(() => vi.unstubAllEnvs());

describe('formats for programs', () => {
  it('json and jsonl hold every row', () => {
    const plain = JSON.parse(JSON.stringify(rows));
    expect(JSON.parse(formatRows(rows, 'json'))).toEqual(plain);
    const lines = formatRows(rows, 'jsonl').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(plain);
  });

  it('csv has a column for every field and a line for every row, and survives commas, quotes and line breaks', () => {
    const fields = new Set(rows.flatMap((row) => Object.keys(row)));
    const awkward = rows.map((row, i) => (i === 0 ? { ...row, reason: 'a "b", c\nd' } : row));
    const parsed = csvParse(formatRows(awkward, 'csv'));
    expect(new Set(parsed.columns)).toEqual(fields);
    expect(parsed.length).toBe(rows.length);
    expect(parsed[0]).toMatchObject({ id: rows[0]!.id, case: rows[0]!.case, reason: 'a "b", c\nd' });
    expect(Number(parsed[0]!.medianNs)).toBe(rows[0]!.medianNs);
  });

  it('md has a line for every row, and a name cannot end its cell or start markup', () => {
    const hostile = rows.map((row, i) => (i === 0 ? { ...row, variant: 'a|b <i>\nc' } : row));
    const text = formatRows(hostile, 'md');
    expect(text).toContain('a\\|b \\<i\\> c');
    expect(text.split('\n').filter((line) => line.startsWith('|')).length).toBe(rows.length + 2 * 7);
  });

  it('none has anything to say about nothing', () => {
    for (const format of FORMATS)
      expect(formatRows([], format, { color: false }).trim().length).toBeLessThan(600);
    expect(JSON.parse(formatRows([], 'json'))).toEqual([]);
  });
});

describe('closing lines', () => {
  it('count what is ok, and give each reason once with what it concerns', () => {
    expect(closing(rows, { recordsFile: 'results/a.jsonl', reportFile: 'results/report.html' })).toBe(
      `${[
        '125 of 135 cells ok, 7 of them approximations',
        'approximation: gelu/tanh-form: abs error 5.08e-4 of at most 9.4e-4: index 1469: got 1, expected 1',
        'approximation: gelu/table-f16: abs error 2.14e-3 of at most 4e-3: index 3661: got 1, expected 1',
        'approximation: tanh/pade: ulp error 8.74e3 of at most 1.8e4: index 2833: got 1, expected 1',
        'approximation: tanh/table: ulp error 127 of at most 240: index 3214: got 1, expected 1',
        'wrong: 1 cell (softmax/online@R=1,C=49152): scaled error 0.1 above 2e-6 (52000× the tolerance): row 0, column 77, x = 12.5: got 0.2, expected 0.096',
        'wrong: 1 cell (tanh/pade@L=1000000): ulp error NaN above 1.8e4: x = 710: got NaN, expected 1',
        'failed: 1 cell (matmul/packed@M=1,N=49152,K=576): RuntimeError: memory access out of bounds',
        'unsupported: 4 cells (gelu/parallel@L=3072, gelu/parallel@L=393216, rope/parallel@T=1,H=32,D=64, rope/parallel@T=128,H=9,D=64): node has no SharedArrayBuffer here (a page must be cross-origin isolated)',
        'unsupported: 3 cells (dequant/webgpu@quant=q8_0,R=1536,C=576, dequant/webgpu@quant=q4_0,R=1536,C=576, dequant/webgpu@quant=q4_0,R=5632,C=2048): the adapter has no shader-f16',
        'software GPU adapter: 14 cells checked, their times are no measure of a GPU',
        'records: results/a.jsonl',
        'report: results/report.html',
      ].join('\n')}\n`,
    );
  });

  it('mark times that are not steady or have two modes, and say what the mark means', () => {
    const marked = rows.map((row) => ({
      ...row,
      steady: row.id !== 'matmul/naive@M=128,N=3072,K=768',
      bimodal: row.variant === 'blocked' && row.subject === 'matmul',
    }));
    const unsteady = marked.filter((row) => !row.steady);
    expect(unsteady.length).toBeGreaterThan(0);
    expect(formatRows(unsteady, 'table')).toMatch(/[mµn]?s~ +±/);
    expect(closing(marked)).toContain('~ behind a time: it did not become steady');
    expect(closing(marked)).toMatch(/^2 behind a time: .*matmul\/blocked/m);
    expect(closing(rows)).not.toContain('behind a time');
  });

  it('name variants, then kernels, where the cells are many, and stop after eight reasons', () => {
    const broken = rows.map((row) => ({
      ...row,
      status: 'unsupported' as const,
      verdict: 'unsupported' as const,
    }));
    const same = broken.map((row) => ({ ...row, reason: 'no adapter' }));
    expect(closing(same)).toContain('unsupported: 135 cells (7 kernels): no adapter');
    const matmul = same.filter((row) => row.subject === 'matmul' && row.variant < 'n');
    expect(closing(matmul)).toContain('unsupported: 4 cells (matmul/blocked@');
    const each = broken.map((row, i) => ({ ...row, reason: `reason ${i}` }));
    const text = closing(each);
    expect(text.match(/^unsupported/gm)?.length).toBe(9);
    expect(text).toContain('unsupported: 127 cells more, each with its reason in the records');
  });

  it('name the cells that were not fully optimised when timed', () => {
    const [a, b] = rows.filter((row) => row.status === 'ok');
    const text = closing([
      { ...a!, tier: 'liftoff' },
      { ...b!, tier: 'turbofan', tierShare: 1, deopts: 0 },
    ]);
    expect(text).toContain(`not fully optimised when timed: 1 cell (${a!.id}): liftoff\n`);
    expect(text.match(/not fully/g)?.length).toBe(1);
  });
});

describe('figures that are not what they seem', () => {
  const doubtful = toRows(
    records.map((record) => {
      const { id, roofline } = record;
      if (id === 'gelu/simd@L=3072') return { ...record, noisy: 'the hypervisor stole 12 % of the CPU time' };
      if (id !== 'matmul/relaxed@M=64,N=64,K=64') return record;
      return {
        ...record,
        roofline: { ...roofline!, fraction: 1.7, impossible: '1.70 times the fma peak: why' },
      };
    }),
  );

  it('are no percentage above 100, but say that and why', () => {
    const text = formatRows(doubtful, 'table');
    expect(text).toMatch(/ relaxed .*> 100 %: see below/);
    expect(text).not.toMatch(/1[0-9]\d %\s+(compute|memory)/);
    expect(closing(doubtful)).toContain(
      'above its peak: matmul/relaxed@M=64,N=64,K=64: 1.70 times the fma peak: why\n',
    );
  });

  it('are marked where something disturbed them', () => {
    expect(formatRows(doubtful, 'table')).toMatch(/L=3072 .*\n(.*\n)* +simd .*ok, noisy\n/);
    expect(closing(doubtful)).toMatch(
      /noisy: 1 cell of \d+ \(gelu\/simd@L=3072\); gelu\/simd@L=3072: 2 of 2 processes: the hypervisor/,
    );
    expect(closing(rows)).not.toContain('noisy');
  });
});
