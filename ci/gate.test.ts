import { describe, expect, it } from 'vitest';
import { recordSchema, type ZooRecord } from '../harness/record.ts';
import type { Baseline, Budgets } from './budgets.ts';
import { closingLine, judge } from './gate.ts';
import { sampleRecords } from './records.fixture.ts';

const SIMD = 'matmul/simd@M=8';
const NAIVE = 'matmul/naive@M=8';
const budgets: Budgets = {
  ratios: [
    {
      faster: 'matmul/simd',
      than: 'matmul/naive',
      case: 'M=8',
      atLeast: 4,
      runtime: 'node',
      why: 'four lanes',
    },
  ],
};
const none: Budgets = { ratios: [] };
const baseline: Baseline = {
  runtime: 'node 24',
  cells: { [SIMD]: { heapBytesPerOp: 0, externalBytesPerOp: 32 } },
};
const empty: Baseline = { runtime: 'node 24', cells: {} };

const naive = sampleRecords(NAIVE, { ns: [10_000, 10_100, 9_900] });
const fast = sampleRecords(SIMD, {
  ns: [1000, 1010, 990],
  memory: { heapBytesPerOp: 0.4, externalBytesPerOp: 31 },
});

/** Kinds and exit code. */
function outcome(
  records: ZooRecord[],
  b: Budgets = none,
  base: Baseline = empty,
  selects?: (id: string) => boolean,
) {
  const { findings, exitCode } = judge(records, b, base, selects);
  return { kinds: findings.map(({ kind }) => kind), exitCode };
}

it('the hand-made records are records', () => {
  for (const record of [...naive, ...fast]) expect(recordSchema.parse(record)).toEqual(record);
});

it('passes and counts what it checked', () => {
  const judgement = judge([...naive, ...fast], budgets, baseline);
  expect(judgement.findings).toEqual([]);
  expect(judgement.exitCode).toBe(0);
  expect(closingLine(judgement)).toBe('gate: passed: 2 cells, 1 ratio, 1 baseline checked');
});

describe('accuracy', () => {
  it('fails on a wrong cell that nothing is stated about, and on one process of three', () => {
    expect(outcome(sampleRecords('gelu/webgpu@N=1', { status: 'wrong' }))).toEqual({
      kinds: ['wrong'],
      exitCode: 1,
    });
    const [a, b] = sampleRecords('gelu/simd@N=1');
    const [c] = sampleRecords('gelu/simd@N=1', { status: 'wrong' });
    expect(outcome([a!, c!, b!])).toEqual({ kinds: ['wrong'], exitCode: 1 });
  });

  it('fails on a NaN or infinite error, cold or warm, whatever the status says', () => {
    for (const error of [
      { value: 'NaN' },
      { value: 'Infinity' },
      { coldValue: 'NaN' },
      { value: 2e-6 },
    ] as const) {
      expect(outcome(sampleRecords('gelu/simd@N=1', { error }))).toEqual({ kinds: ['wrong'], exitCode: 1 });
    }
  });

  it('says the error, its tolerance and its place', () => {
    const { findings } = judge(sampleRecords('gelu/simd@N=1', { error: { value: 'NaN' } }), none, empty);
    expect(findings[0]!.text).toBe(
      'gelu/simd@N=1 is wrong: abs error NaN (first call 1e-7), tolerance 1e-6; index 3: got 1, expected 2',
    );
  });

  it('fails on an ok cell that was never checked', () => {
    const unchecked = fast.map(({ error: _, ...record }) => record);
    expect(outcome(unchecked)).toEqual({ kinds: ['missing'], exitCode: 1 });
  });
});

describe('ratios', () => {
  it('fails where the interval lies below the bound, and holds where it lies above', () => {
    expect(outcome([...naive, ...sampleRecords(SIMD, { ns: [3000, 3030, 2970] })], budgets)).toEqual({
      kinds: ['slower'],
      exitCode: 1,
    });
    expect(outcome([...naive, ...sampleRecords(SIMD, { ns: [2400, 2410, 2390] })], budgets).exitCode).toBe(0);
  });

  it('is inconclusive where the interval holds the bound', () => {
    const near = sampleRecords(SIMD, { ns: [2500, 2600, 2400] });
    expect(outcome([...naive, ...near], budgets)).toEqual({ kinds: ['inconclusive'], exitCode: 3 });
  });

  it('with one process a side decides only more than 10 % beyond the bound', () => {
    const one = (ns: number) => [naive[0]!, ...sampleRecords(SIMD, { ns: [ns] })];
    expect(outcome(one(2400), budgets).exitCode).toBe(3);
    expect(outcome(one(2000), budgets).exitCode).toBe(0);
    expect(outcome(one(3000), budgets).exitCode).toBe(1);
  });

  it('a cell that was not measured fails, unless the selection leaves it out', () => {
    expect(outcome(naive, budgets)).toEqual({ kinds: ['missing'], exitCode: 1 });
    const judgement = judge(naive, budgets, baseline, (id) => id === NAIVE);
    expect(judgement.exitCode).toBe(0);
    expect(judgement.notes).toEqual(['left out by the selection: 1 budget, 1 baseline']);
  });

  it('an unsupported cell is inconclusive with its reason, a failed one exits with 4', () => {
    const unsupported = sampleRecords(SIMD, { status: 'unsupported', reason: 'no WASM SIMD' });
    const judgement = judge([...naive, ...unsupported], budgets, empty);
    expect(judgement.exitCode).toBe(3);
    expect(judgement.findings[0]!.text).toContain('no WASM SIMD');
    const failed = sampleRecords(SIMD, { status: 'failed', reason: 'exit code 134' });
    expect(outcome([...naive, ...failed], budgets)).toEqual({ kinds: ['failed'], exitCode: 4 });
  });

  it('a wrong cell is one reason, and its ratio is not judged', () => {
    expect(outcome([...naive, ...sampleRecords(SIMD, { status: 'wrong' })], budgets, baseline)).toEqual({
      kinds: ['wrong'],
      exitCode: 1,
    });
  });

  it('is judged on the runtime it names', () => {
    const elsewhere = [...naive, ...fast].map((record) => ({
      ...record,
      host: { ...record.host, runtime: 'bun' },
    }));
    expect(outcome(elsewhere, budgets).kinds).toEqual(['missing', 'missing']);
  });
});

describe('bytes a call', () => {
  const reading = (heapBytesPerOp: number, externalBytesPerOp = 32) =>
    sampleRecords(SIMD, { memory: { heapBytesPerOp, externalBytesPerOp } });

  it('lets a reading be 8 bytes above the baseline and fails at one more', () => {
    expect(outcome(reading(8), none, baseline).exitCode).toBe(0);
    expect(outcome(reading(9), none, baseline)).toEqual({ kinds: ['bytes'], exitCode: 1 });
    expect(outcome(reading(0, 41), none, baseline)).toEqual({ kinds: ['bytes'], exitCode: 1 });
    expect(outcome(reading(Number.NaN), none, baseline).exitCode).toBe(1);
  });

  it('a cell without bytes, or not measured at all, fails', () => {
    expect(outcome(sampleRecords(SIMD), none, baseline)).toEqual({ kinds: ['missing'], exitCode: 1 });
    expect(outcome(naive, none, baseline)).toEqual({ kinds: ['missing'], exitCode: 1 });
    const half = sampleRecords(SIMD, { memory: { heapBytesPerOp: 0 } });
    expect(outcome(half, none, baseline)).toEqual({ kinds: ['missing'], exitCode: 1 });
  });

  it('another major version of the engine is inconclusive', () => {
    const other = fast.map((record) => ({ ...record, host: { ...record.host, version: '22.1.0' } }));
    expect(outcome(other, none, baseline)).toEqual({ kinds: ['inconclusive'], exitCode: 3 });
  });

  it('mentions a fall without failing', () => {
    const judgement = judge(reading(0, 0), none, baseline);
    expect(judgement.exitCode).toBe(0);
    expect(judgement.notes[0]).toContain('can be lowered');
  });
});

it('puts the worst first and ends with the number of reasons', () => {
  const records = [
    ...sampleRecords('a/b@N=1', { status: 'failed', reason: 'out of memory' }),
    ...naive,
    ...sampleRecords(SIMD, {
      ns: [3000, 3030, 2970],
      memory: { heapBytesPerOp: 99, externalBytesPerOp: 32 },
    }),
    ...sampleRecords('c/d@N=1', { status: 'wrong' }),
  ];
  const judgement = judge(records, budgets, baseline);
  expect(judgement.findings.map(({ kind }) => kind)).toEqual(['wrong', 'slower', 'bytes', 'failed']);
  expect(judgement.exitCode).toBe(1);
  expect(closingLine(judgement)).toBe('gate: 4 reasons');
});
