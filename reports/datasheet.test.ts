import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { KERNELS } from '../kernels/index.ts';
import { aboutKernel, datasheets, measuredKernel } from './datasheet.ts';
import { fixtureRecords } from './fixture.ts';

const softmax = KERNELS.find(({ name }) => name === 'softmax')!;
const DOCS = join(ROOT, 'docs', 'kernels');

it('a page names every variant with its idea, every case, and what an approximation or exhibit truly meets', () => {
  const page = aboutKernel(softmax);
  for (const { name, tolerance } of softmax.variants) {
    const line = page.split('\n').find((text) => text.startsWith(`| ${name} `));
    expect(line, name).toBeDefined();
    if (tolerance) expect(line).toContain(`${tolerance.metric} error at most ${tolerance.bound}`);
  }
  expect(page).toContain('R=1,C=49152');
});

it('what was measured names its suite, engine and machine; without records of a kernel nothing is said', () => {
  const records = fixtureRecords();
  expect(measuredKernel(softmax, records)).toMatch(
    /## Measured\n\n`npx zoo bench --suite \w+`: node [\d.]+ on /,
  );
  expect(measuredKernel({ ...softmax, name: 'none' }, records)).toBe('');
});

it('a page keeps what it says of suites that were not measured now, and only of those', () => {
  const records = fixtureRecords();
  const of = (suite: string, times: number) =>
    records.map((record) => ({ ...record, suite, host: { ...record.host, threads: times } }));
  const page = measuredKernel(softmax, [...of('zoo', 1), ...of('limits', 1)]);
  const again = measuredKernel(softmax, of('limits', 7), page);
  expect(again).toBe(measuredKernel(softmax, [...of('zoo', 1), ...of('limits', 7)]));
  expect(measuredKernel(softmax, [], again)).toBe(again);
});

it('a goal is held against a peak that another kernel was measured with, whose cells are not on the page', () => {
  const record = fixtureRecords().find(({ status, roofline }) => status === 'ok' && roofline)!;
  const cell = (subject: string, variant: string, name: string, peak: 'fma' | 'dot i8') => ({
    ...{ ...record, subject, variant, backend: 'wasm' as const, case: name, suite: 'limits' },
    ...{ id: `${subject}/${variant}@${name}`, roofline: { ...record.roofline!, peak } },
  });
  const product = cell('qmatmul', 'simd-7bit', 'M=512,N=2048,K=2048,quant=q8_0', 'dot i8');
  const other = cell('matmul', 'simd', 'M=192,N=192,K=192', 'fma');
  const qmatmul = KERNELS.find(({ name }) => name === 'qmatmul')!;
  const goalOf = (records: (typeof product)[]) =>
    measuredKernel(qmatmul, records)
      .split('\n')
      .find((line) => line.includes('7-bit activations'));
  expect(goalOf([product])).toContain('not measured');
  expect(goalOf([product, other])).toMatch(/simd-7bit .*\| (met|missed) /);
  expect(measuredKernel(qmatmul, [product, other])).not.toContain('M=192');
});

describe('docs/kernels', () => {
  const pages = datasheets(KERNELS, []);

  it('has a page for each kernel and a list, and no others', () => {
    expect(readdirSync(DOCS).sort()).toEqual([...pages.keys()].sort());
  });

  it.each([...pages.keys()])(
    '%s says what the code says: zoo report --docs docs/kernels makes it anew',
    (name) => {
      const page = readFileSync(join(DOCS, name), 'utf8');
      expect(page.startsWith(pages.get(name)!)).toBe(true);
    },
  );
});
