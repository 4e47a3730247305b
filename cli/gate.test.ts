import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBaseline } from '../ci/baseline.ts';
import { budgetsJsonSchema, cellOf, cellsOf, LIMIT_NAMES, readBudgets, thresholdOf } from '../ci/budgets.ts';
import { type Sample, sampleRecords } from '../ci/records.fixture.ts';
import { makePlan, parseCase } from '../harness/plan.ts';
import { appendRecord } from '../harness/record.ts';
import { ROOT } from '../harness/root.ts';
import { KERNELS } from '../kernels/index.ts';
import { caseName } from '../kernels/kernel.ts';
import { SUBJECTS } from '../models/index.ts';
import { register } from './gate.ts';

const BUDGETS = join(ROOT, 'ci', 'budgets.json');
const BASELINE = join(ROOT, 'ci', 'baselines', 'bytes-per-call.json');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-gate-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

const file = (name: string) => join(folder, name);

/** Writes records, budgets and a baseline, and runs `zoo gate` on them. */
async function gate(
  cells: Record<string, Sample>,
  args: string[] = [],
  budgets?: unknown,
  baseline?: unknown,
) {
  writeFileSync(file('records.jsonl'), '');
  for (const [id, sample] of Object.entries(cells)) {
    for (const record of sampleRecords(id, sample)) appendRecord(file('records.jsonl'), record);
  }
  writeFileSync(file('budgets.json'), JSON.stringify(budgets ?? { ratios: [] }));
  if (baseline) writeFileSync(file('baseline.json'), JSON.stringify(baseline));
  return run([
    ...args,
    ...['--records', file('records.jsonl')],
    ...['--budgets', file('budgets.json')],
    ...['--baseline', file('baseline.json')],
  ]);
}

async function run(args: string[]) {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const program = new Command();
  register(program);
  await program.parseAsync(['gate', ...args], { from: 'user' });
  return { out: out.join(''), code: process.exitCode };
}

const empty = { runtime: 'node 24', cells: {} };
const ratio = { faster: 'softmax/simd', than: 'softmax/naive', case: 'R=1,C=8', atLeast: 2, why: 'lanes' };
const limit = { of: 'softmax/simd', case: 'R=1,C=8', error: 1e-6, why: 'float32' };
const fast = {
  'softmax/simd@R=1,C=8': { ns: [100, 101, 99] },
  'softmax/naive@R=1,C=8': { ns: [1000, 1010, 990] },
};

describe('zoo gate', () => {
  it('passes with a closing line and exit code 0', async () => {
    expect(await gate(fast, [], { ratios: [ratio] }, empty)).toEqual({
      out: 'gate: passed: 2 cells, 1 ratio, 0 limits, 0 baselines checked\n',
      code: 0,
    });
  });

  it('prints a line for each reason and exits with 1 for wrong, 4 for failed, 3 for unsupported', async () => {
    const wrong = await gate({ ...fast, 'gelu/simd@N=1': { status: 'wrong' } }, [], undefined, empty);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(/^gelu\/simd@N=1 is wrong: .*\ngate: 1 reason\n$/);
    const failed = await gate(
      { 'gelu/simd@N=1': { status: 'failed', reason: 'exit code 1' } },
      [],
      undefined,
      empty,
    );
    expect(failed).toEqual({ out: 'gelu/simd@N=1 failed: exit code 1\ngate: 1 reason\n', code: 4 });
    const cells = { ...fast, 'softmax/simd@R=1,C=8': { status: 'unsupported', reason: 'no SIMD' } as const };
    expect((await gate(cells, [], { ratios: [ratio] }, empty)).code).toBe(3);
  });

  it('a selection leaves budgets out, a missing cell in the selection does not', async () => {
    const budgets = { ratios: [ratio, { ...ratio, faster: 'gelu/simd', than: 'gelu/naive', case: 'N=1' }] };
    expect((await gate(fast, ['softmax'], budgets, empty)).code).toBe(0);
    expect((await gate(fast, [], budgets, empty)).code).toBe(1);
  });

  it('--update-baseline stores sorted whole bytes, and the next run holds to them', async () => {
    const cells = {
      'softmax/simd@R=1,C=8': { memory: { heapBytesPerOp: -0.3, externalBytesPerOp: 0 } },
      'softmax/naive@R=1,C=8': { memory: { heapBytesPerOp: 23.7, externalBytesPerOp: 4096 } },
    };
    expect((await gate(cells, ['--update-baseline'])).code).toBe(0);
    expect(readFileSync(file('baseline.json'), 'utf8')).toBe(`{
  "runtime": "node 24",
  "cells": {
    "softmax/naive@R=1,C=8": { "heapBytesPerOp": 24, "externalBytesPerOp": 4096 },
    "softmax/simd@R=1,C=8": { "heapBytesPerOp": 0, "externalBytesPerOp": 0 }
  }
}
`);
    expect((await gate(cells)).out).toBe('gate: passed: 2 cells, 0 ratios, 0 limits, 2 baselines checked\n');
    const more = {
      ...cells,
      'softmax/simd@R=1,C=8': { memory: { heapBytesPerOp: 16, externalBytesPerOp: 0 } },
    };
    expect(await gate(more)).toEqual({
      out: 'softmax/simd@R=1,C=8 allocates 16 bytes on the heap a call, the baseline is 0 (8 more pass)\ngate: 1 reason\n',
      code: 1,
    });
  });

  it('--update-baseline leaves out what fewer than three processes read, or three that disagree', async () => {
    const noisy = ['softmax/naive@R=1,C=8', [0, 5000, -70]] as const;
    const lone = ['softmax/simd@R=1,C=8', [0]] as const;
    writeFileSync(file('records.jsonl'), '');
    for (const [id, readings] of [noisy, lone, ['gelu/simd@N=1', [0, 3, 1]] as const]) {
      for (const heapBytesPerOp of readings) {
        appendRecord(file('records.jsonl'), sampleRecords(id, { ns: [1], memory: { heapBytesPerOp } })[0]!);
      }
    }
    writeFileSync(file('budgets.json'), '{ "ratios": [] }');
    const files = ['--records', 'records.jsonl', '--budgets', 'budgets.json', '--baseline', 'baseline.json'];
    await run(['--update-baseline', ...files.map((text) => (text.startsWith('--') ? text : file(text)))]);
    expect(readBaseline(file('baseline.json')).cells).toEqual({ 'gelu/simd@N=1': { heapBytesPerOp: 1 } });
  });

  it('--update-baseline with a selection keeps the other cells', async () => {
    const stored = { runtime: 'node 24', cells: { 'gelu/simd@N=1': { heapBytesPerOp: 5 } } };
    const cells = { 'softmax/simd@R=1,C=8': { memory: { heapBytesPerOp: 1 } } };
    await gate(cells, ['softmax', '--update-baseline'], undefined, stored);
    expect(Object.keys(readBaseline(file('baseline.json')).cells)).toEqual([
      'gelu/simd@N=1',
      'softmax/simd@R=1,C=8',
    ]);
  });

  for (const [what, budgets, message] of [
    [
      'a missing bound',
      { ratios: [{ ...ratio, atLeast: undefined }] },
      /budgets\.json: ratios\.0\.atLeast: /,
    ],
    ['a bound of 0', { ratios: [{ ...ratio, atLeast: 0 }] }, /budgets\.json: ratios\.0\.atLeast: /],
    ['an unknown key', { ratios: [{ ...ratio, atMost: 3 }] }, /budgets\.json: ratios\.0: .*atMost/],
    [
      'two subjects',
      { ratios: [{ ...ratio, than: 'gelu/naive' }] },
      /ratios\.0\.than: must be a variant of the same subject/,
    ],
    ['no list', { ratios: {} }, /budgets\.json: ratios: /],
    ['a ratio without a reason', { ratios: [{ ...ratio, why: '' }] }, /ratios\.0\.why: /],
    ['the same ratio twice', { ratios: [ratio, ratio] }, /ratios\.1: is about the same as ratios\.0: /],
    [
      'a limit of nothing',
      { limits: [{ ...limit, error: undefined }] },
      /limits\.0: limits nothing: state bytesPerCall, .* or gcMs$/,
    ],
    ['a negative limit', { limits: [{ ...limit, error: -1 }] }, /limits\.0\.error: /],
    ['a limit in words', { limits: [{ ...limit, bytesPerToken: 'none' }] }, /limits\.0\.bytesPerToken: /],
    ['a limit of a kernel', { limits: [{ ...limit, of: 'softmax' }] }, /limits\.0\.of: must be "subject/],
    ['a limit of no case', { limits: [{ ...limit, case: '' }] }, /limits\.0\.case: /],
    ['limits of one cell twice', { limits: [limit, limit] }, /limits\.1: is about the same as limits\.0: /],
    ['a threshold in percent', { thresholds: { matmul: 5 } }, /budgets\.json: thresholds\.matmul: /],
    ['no object', [], /budgets\.json: /],
  ] as const) {
    it(`refuses budgets with ${what} and names the place`, async () => {
      const said = gate(fast, [], budgets, empty).catch((error: Error) => error.message);
      expect(await said).toMatch(message);
      expect(await said).not.toContain('\n');
    });
  }

  it('takes comments, and not what stands in strings for one', async () => {
    const text = `{
      // Tighter than the tolerance.
      "limits": [{ "of": "softmax/simd", "case": "R=1,C=8", "error": 1, /* metric: abs */ "why": "https://a/*b" }]
    }`;
    writeFileSync(file('commented.json'), text);
    expect(readBudgets(file('commented.json')).limits).toEqual([
      { of: 'softmax/simd', case: 'R=1,C=8', error: 1, runtime: 'node', why: 'https://a/*b' },
    ]);
    writeFileSync(file('commented.json'), text.replace('"error"', 'error'));
    expect(() => readBudgets(file('commented.json'))).toThrow(/commented\.json: .*line 3 column 61/);
  });

  for (const [what, budgets, message] of [
    ['kernel', { ratios: [{ ...ratio, faster: 'sofmax/simd', than: 'sofmax/naive' }] }, /unknown kernel/],
    ['variant', { limits: [{ ...limit, of: 'softmax/simt' }] }, /limits\.0\.of: .*did you mean "simd"/],
    ['case', { limits: [{ ...limit, case: 'R=1' }] }, /limits\.0\.of: /],
  ] as const) {
    it(`refuses to measure for budgets of a ${what} that there is not, and names the place`, async () => {
      writeFileSync(file('budgets.json'), JSON.stringify(budgets));
      const said = run(['--budgets', file('budgets.json')]).catch((error: Error) => error.message);
      expect(await said).toMatch(/^\S*budgets\.json: (ratios|limits)\.0\.\w+: /);
      expect(await said).toMatch(message);
    });
  }

  it('warns of a threshold for what there is not, and goes on', async () => {
    const budgets = { ratios: [ratio], thresholds: { softmax: 0.05, 'softmax/simt': 0.1 } };
    expect((await gate(fast, [], budgets, empty)).code).toBe(0);
    const said = vi.mocked(process.stderr.write).mock.calls.map(([text]) => String(text));
    expect(said.filter((text) => text.startsWith('warning'))).toEqual([
      expect.stringMatching(/budgets\.json: thresholds: unknown variant of softmax "simt": did you mean/),
    ]);
  });

  it('looks for budgets in the folder that it is run in, before it takes those of the zoo', async () => {
    const before = process.cwd();
    mkdirSync(file('ci'));
    writeFileSync(file('ci/budgets.json'), '{ "limits": 1 }');
    try {
      process.chdir(folder);
      await expect(run([])).rejects.toThrow(/^ci\/budgets\.json: limits: /);
    } finally {
      process.chdir(before);
    }
  });

  it('a project that has a baseline and no budgets is held to that alone', async () => {
    const before = process.cwd();
    mkdirSync(file('ci/baselines'), { recursive: true });
    writeFileSync(file('ci/baselines/bytes-per-call.json'), JSON.stringify(empty));
    writeFileSync(file('records.jsonl'), '');
    for (const record of sampleRecords('softmax/simd@R=1,C=8')) appendRecord(file('records.jsonl'), record);
    try {
      process.chdir(folder);
      expect(await run(['--records', 'records.jsonl'])).toEqual({
        ...{ code: 0, out: 'gate: passed: 1 cell, 0 ratios, 0 limits, 0 baselines checked\n' },
      });
    } finally {
      process.chdir(before);
    }
  });

  it('refuses what is no JSON, no baseline and no record of the selection', async () => {
    writeFileSync(file('bad.json'), '{');
    await expect(run(['--budgets', file('bad.json')])).rejects.toThrow(/bad\.json: /);
    await expect(run(['--budgets', file('none.json')])).rejects.toThrow('no such budgets file');
    await expect(gate(fast, [], undefined, { runtime: 'node', cells: {} })).rejects.toThrow(
      /baseline\.json: runtime: /,
    );
    await expect(gate(fast, ['gelu'], undefined, empty)).rejects.toThrow('no record is in the selection');
  });
});

it('the longest name that a threshold is stated for counts', () => {
  const budgets = { thresholds: { matmul: 0.05, 'matmul/simd': 0.02, 'matmul/simd@M=1,N=1,K=1': 0.1 } };
  const of = (id: string) => thresholdOf(id, budgets, 0.03);
  expect(of('matmul/simd@M=1,N=1,K=1')).toBe(0.1);
  expect(of('matmul/simd@M=2,N=1,K=1')).toBe(0.02);
  expect(of('matmul/naive@M=1,N=1,K=1')).toBe(0.05);
  expect(of('gelu/simd@N=1')).toBe(0.03);
  expect(thresholdOf('gelu/simd@N=1', {}, 0.03)).toBe(0.03);
});

describe('the budgets and baseline of this repository', () => {
  it('name kernels, variants and cases that exist', () => {
    const ids = [
      ...readBudgets(BUDGETS).ratios.flatMap((budget) => Object.values(cellsOf(budget))),
      ...readBudgets(BUDGETS).limits.map(cellOf),
      ...Object.keys(readBaseline(BASELINE).cells),
    ];
    for (const id of ids) {
      const [, subject, variant, shape] = /^(.*?)\/(.*?)@(.*)$/.exec(id)!;
      const kernel = SUBJECTS.find((candidate) => candidate.name === subject);
      expect(
        kernel?.variants.map(({ name }) => name),
        id,
      ).toContain(variant);
      expect(caseName(parseCase(kernel!, shape!)), id).toBe(shape);
    }
  });

  it('hold every kernel with a simd variant to a ratio between it and naive', () => {
    const held = readBudgets(BUDGETS).ratios.map(({ faster, than }) => `${faster} ${than}`);
    const fast = KERNELS.filter(({ variants }) => variants.some(({ name }) => name === 'simd'));
    for (const { name } of fast) expect(held).toContain(`${name}/simd ${name}/naive`);
  });
});

it('the example of docs/gate.md is taken, every entry of it, and names what there is', () => {
  const [, text] = /```jsonc\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/gate.md'), 'utf8'))!;
  writeFileSync(file('example.json'), text!);
  const { ratios, limits, thresholds } = readBudgets(file('example.json'));
  expect(ratios).toHaveLength(2);
  expect(LIMIT_NAMES.filter((name) => limits.some((each) => each[name] !== undefined))).toEqual(LIMIT_NAMES);
  const ids = [...ratios.flatMap((each) => Object.values(cellsOf(each))), ...limits.map(cellOf)];
  for (const id of [...ids, ...Object.keys(thresholds!)])
    expect(makePlan(SUBJECTS, { selectors: [id] }).groups.length, id).toBeGreaterThan(0);
});

it('the schema that editors read is the one that budgets are read by (npx vitest run -u writes it)', async () => {
  const text = `${JSON.stringify(budgetsJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../ci/budgets.schema.json');
});
