import { describe, expect, it } from 'vitest';
import { recordSchema, type ZooRecord } from '../harness/record.ts';
import type { Baseline } from './baseline.ts';
import type { Budgets, LimitBudget } from './budgets.ts';
import { closingLine, judge } from './gate.ts';
import { type Sample, sampleRecords } from './records.fixture.ts';

const SIMD = 'matmul/simd@M=8';
const NAIVE = 'matmul/naive@M=8';
const budgets: Budgets = {
  limits: [],
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
const none: Budgets = { ratios: [], limits: [] };
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
  expect(closingLine(judgement)).toBe('gate: passed: 2 cells, 1 ratio, 0 limits, 1 baseline checked');
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

  it('says what a cell was caught at whose output is within its tolerance', () => {
    const caught = sampleRecords('gelu/simd@N=1').map((record) => ({
      ...record,
      ...({ status: 'wrong', reason: 'remembers its output' } as const),
    }));
    expect(judge(caught, none, empty).findings[0]!.text).toBe('gelu/simd@N=1 is wrong: remembers its output');
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

describe('limits', () => {
  const DECODE = 'llama-decode/simd@model=m,depth=0';
  const limited = (limit: Partial<LimitBudget>): Budgets => {
    const cell = { of: 'llama-decode/simd', case: 'model=m,depth=0', runtime: 'node', why: 'because' };
    return { ratios: [], limits: [{ ...cell, ...limit }] };
  };
  /** A call gives two tokens. */
  const of = (sample: Sample) => sampleRecords(DECODE, { tokens: { perCall: 2 }, ...sample });
  const bytes = (heapBytesPerOp: number, externalBytesPerOp = 0) =>
    of({ memory: { heapBytesPerOp, externalBytesPerOp } });
  const texts = (records: ZooRecord[], limit: Partial<LimitBudget>) =>
    judge(records, limited(limit), empty).findings.map(({ text }) => text);

  it('bytes a call and a token, heap and outside together, with 8 more a call passing', () => {
    expect(outcome(bytes(100, 8), limited({ bytesPerCall: 100 })).exitCode).toBe(0);
    expect(outcome(bytes(100, 9), limited({ bytesPerCall: 100 }))).toEqual({ kinds: ['bytes'], exitCode: 1 });
    expect(outcome(bytes(208), limited({ bytesPerToken: 100 })).exitCode).toBe(0);
    expect(texts(bytes(300), { bytesPerToken: 100 })).toEqual([
      `${DECODE}: a token allocates 150 bytes; bytesPerToken is limited to 100 (4.00 more pass); because`,
    ]);
    expect(outcome(bytes(Number.NaN), limited({ bytesPerToken: 0 })).exitCode).toBe(1);
  });

  it('of a record that counts no tokens: missing, and what it lacks is said', () => {
    const uncounted = sampleRecords(DECODE, { memory: { heapBytesPerOp: 0 } });
    expect(texts(uncounted, { bytesPerToken: 0 })).toEqual([
      `${DECODE} has no tokens in its record, and bytesPerToken is limited`,
    ]);
    for (const name of ['bytesPerCall', 'collections', 'gcMs'] as const)
      expect(outcome(of({}), limited({ [name]: 0 }))).toEqual({ kinds: ['missing'], exitCode: 1 });
  });

  it('an error, of the first call and of the worst process, and of NaN', () => {
    const limit = { error: 1e-6 };
    expect(outcome(of({ error: { value: 1e-6, tolerance: 1 } }), limited(limit)).exitCode).toBe(0);
    for (const error of [{ value: 2e-6 }, { coldValue: 2e-6 }])
      expect(outcome(of({ error: { tolerance: 1, ...error } }), limited(limit))).toEqual({
        ...{ kinds: ['inaccurate'], exitCode: 1 },
      });
    const [good] = of({});
    const [bad] = of({ error: { value: 2e-6, tolerance: 1 } });
    expect(outcome([good!, bad!, good!], limited(limit)).kinds).toEqual(['inaccurate']);
    // NaN is wrong by any bound, and one reason.
    expect(outcome(of({ error: { value: 'NaN' } }), limited(limit)).kinds).toEqual(['wrong']);
  });

  it('collections and the time in them', () => {
    const memory = { heapBytesPerOp: 0, gcMinor: 2, gcMajor: 1, gcMs: 5 };
    expect(outcome(of({ memory }), limited({ collections: 3, gcMs: 5 })).exitCode).toBe(0);
    expect(texts(of({ memory }), { collections: 2.9, gcMs: 4 })).toEqual([
      `${DECODE}: 5.00 ms of collection within 1000 calls; gcMs is limited to 4.00; because`,
      `${DECODE}: 2.00 minor and 1.00 major collections within 1000 calls; collections is limited to 2.90; because`,
    ]);
  });

  it('readings of memory that did not agree decide nothing', () => {
    const memory = { heapBytesPerOp: 900, unsettled: true };
    expect(outcome(of({ memory }), limited({ bytesPerCall: 0 }))).toEqual({
      ...{ kinds: ['inconclusive'], exitCode: 3 },
    });
  });

  it('a cell that was not measured fails, one that the selection leaves out does not', () => {
    expect(outcome(naive, limited({ error: 1 }))).toEqual({ kinds: ['missing'], exitCode: 1 });
    expect(outcome(naive, limited({ error: 1 }), empty, (id) => id === NAIVE).exitCode).toBe(0);
  });
});

it('a ratio of pipelines says the tokens a second, and the library that the peer is', () => {
  const peer = sampleRecords(NAIVE, {
    ...{ ns: [1000, 1001, 999], rate: { tokensPerSecond: 1e6 }, host: { peer: 'wllama 2.3.0' } },
  });
  const own = sampleRecords(SIMD, { ns: [2000, 2001, 1999], rate: { tokensPerSecond: 5e5 } });
  const half = { ...budgets.ratios[0]!, atLeast: 0.4 };
  expect(outcome([...own, ...peer], { ratios: [half], limits: [] }).exitCode).toBe(0);
  const { findings } = judge([...own, ...peer], { ratios: [{ ...half, atLeast: 0.8 }], limits: [] }, empty);
  expect(findings.map(({ text }) => text)).toEqual([
    expect.stringMatching(/measured 0\.500×.* \(500000 against 1000000 tok\/s of wllama 2\.3\.0\); /),
  ]);
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
