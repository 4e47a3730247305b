import { describe, expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { fixtureRecords } from './fixture.ts';
import { belowTopTier, isRanked, problems, type Row, toRows } from './rows.ts';

const records = fixtureRecords();
const rows = toRows(records);
const row = (id: string): Row => rows.find((each) => each.id === id)!;

/** One process of one cell, changed. */
function only(id: string, change: Partial<ZooRecord> = {}): ZooRecord {
  return { ...records.find((record) => record.id === id)!, ...change };
}

function timed(record: ZooRecord, medianNs: number, ciLowNs: number, ciHighNs: number): ZooRecord {
  return { ...record, time: { ...record.time!, medianNs, ciLowNs, ciHighNs } };
}

describe('toRows', () => {
  it('gives one row for each cell and runtime, with the processes of a cell merged', () => {
    expect(rows.length).toBe(new Set(records.map((record) => record.id)).size);
    expect(row('matmul/naive@M=64,N=64,K=64')).toMatchObject({ processes: 2, samples: 40, checks: 24 });
    expect(toRows([...records, ...fixtureRecords({ runtime: 'chromium' })]).length).toBe(2 * rows.length);
  });

  it('keeps environments apart, each with its own naive, under names that say what tells them apart', () => {
    const elsewhere = records.map((record) => ({ ...record, host: { ...record.host, threads: 8 } }));
    const both = toRows([...records, ...elsewhere]);
    expect(both.length).toBe(2 * rows.length);
    expect(new Set(both.map(({ runtime }) => runtime))).toEqual(
      new Set(['node, 2 threads', 'node, 8 threads']),
    );
    const naive = both.filter(({ variant, status }) => variant === 'naive' && status === 'ok');
    expect(naive.every(({ timesNaive }) => timesNaive === 1)).toBe(true);
  });

  it('orders cases by work and variants from plain to fast, whatever the order of the records', () => {
    const order = (list: readonly Row[]) =>
      list.filter((each) => each.subject === 'softmax').map((each) => each.id);
    const backwards = toRows([...records].reverse());
    expect(new Set(order(backwards))).toEqual(new Set(order(rows)));
    for (const list of [rows, backwards]) {
      const ids = order(list);
      expect(ids[0]).toBe('softmax/naive@R=1,C=49152');
      expect(ids[7]).toBe('softmax/webgpu@R=1,C=49152');
      expect(ids.at(-1)).toBe('softmax/webgpu@R=288,C=1024');
    }
  });

  it('gives the rate of the bound that most variants of a case meet, in one unit for the case', () => {
    expect(row('matmul/naive@M=384,N=384,K=384').rateUnit).toBe('GFLOP/s');
    const memory = rows.filter((each) => each.case === 'M=1,N=49152,K=576' && each.rate !== undefined);
    expect(new Set(memory.map((each) => each.rateUnit))).toEqual(new Set(['GB/s']));
    for (const each of memory) expect(each.rate).toBe(each.gbps);
  });

  it('prefers tokens, bytes and steps a second to arithmetic', () => {
    const [first] = toRows([
      only('rmsnorm/naive@R=128,C=576', { rate: { gflops: 1, gbps: 2, tokensPerSecond: 30 } }),
    ]);
    expect(first).toMatchObject({ rate: 30, rateUnit: 'tok/s' });
  });

  it('has the work of a call without a roofline too: rate × time', () => {
    const [first] = toRows([only('rmsnorm/naive@R=128,C=576', { roofline: undefined })]);
    expect(first!.flops).toBeCloseTo(4 * 128 * 576, 3);
    expect(first!.bytes).toBeCloseTo(8 * 128 * 576, 3);
  });
});

describe('times naive', () => {
  const naive = timed(only('rmsnorm/naive@R=128,C=576'), 1000, 900, 1200);
  const simd = timed(only('rmsnorm/simd@R=128,C=576'), 100, 80, 125);

  it('is the ratio of the medians, its bounds the slow end of one against the fast end of the other', () => {
    expect(toRows([simd, naive])[1]).toMatchObject({
      timesNaive: 10,
      timesNaiveLow: 900 / 125,
      timesNaiveHigh: 1200 / 80,
    });
  });

  it('is absent without a right naive of the same case and runtime, and for what is not ok', () => {
    const elsewhere = { ...naive, host: { ...naive.host, runtime: 'chromium' } };
    for (const list of [
      [simd],
      [simd, elsewhere],
      [simd, { ...naive, status: 'wrong' as const }],
      [naive, { ...simd, status: 'wrong' as const }],
    ]) {
      const found = toRows(list).find((each) => each.variant === 'simd')!;
      expect([found.timesNaive, found.timesNaiveLow, found.timesNaiveHigh]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});

describe('the verdict', () => {
  it('names an approximation: ok within a tolerance of its own', () => {
    expect(row('tanh/table@L=4096').verdict).toBe('ok (approx.)');
    expect(row('tanh/rational@L=4096').verdict).toBe('ok');
    const approximate = rows.filter((each) => each.verdict === 'ok (approx.)');
    expect(new Set(approximate.map((each) => `${each.subject}/${each.variant}`))).toEqual(
      new Set(['gelu/tanh-form', 'gelu/table-f16', 'tanh/pade', 'tanh/table']),
    );
  });

  it('comes with a reason for everything that is not ok, made of the error where none is recorded', () => {
    for (const each of rows) expect(each.reason === undefined).toBe(each.status === 'ok');
    expect(row('softmax/online@R=1,C=49152').reason).toBe(
      'scaled error 0.1 above 2e-6 (52000× the tolerance): row 0, column 77, x = 12.5: got 0.2, expected 0.096',
    );
    expect(row('tanh/pade@L=1000000').reason).toBe('ulp error NaN above 1.8e4: x = 710: got NaN, expected 1');
  });
});

describe('problems', () => {
  it('groups by status and reason, wrong first', () => {
    expect(problems(rows).map(({ status, rows }) => [status, rows.length])).toEqual([
      ['wrong', 1],
      ['wrong', 1],
      ['failed', 1],
      ['unsupported', 4],
      ['unsupported', 3],
    ]);
  });
});

it('a ranking holds no wrong result and no software GPU', () => {
  expect(row('matmul/webgpu@M=64,N=64,K=64')).toMatchObject({ softwareGpu: true, status: 'ok' });
  const ranked = rows.filter(isRanked);
  expect(ranked.some((each) => each.backend === 'webgpu' || each.status !== 'ok')).toBe(false);
  const gpu = only('matmul/webgpu@M=64,N=64,K=64');
  const real = toRows([{ ...gpu, host: { ...gpu.host, gpuIsSoftware: false } }]);
  expect(real.filter(isRanked).length).toBe(1);
  const asked = toRows([gpu], { softwareGpu: true });
  expect(asked.filter(isRanked)).toMatchObject([{ softwareGpu: true }]);
});

it('a cell is flagged that ran below the top tier, was de-optimised while timed, or ran a tenth elsewhere', () => {
  const flag = (tier: ZooRecord['tier']) =>
    belowTopTier(toRows([only('matmul/naive@M=64,N=64,K=64', { tier })])[0]!);
  expect(flag({ tier: 'maglev', share: 1, deopts: 0 })).toBe('maglev');
  expect(flag({ tier: 'turbofan', share: 0.8, deopts: 0 })).toBe('20 % below turbofan');
  expect(flag({ tier: 'turbofan', share: 1, deopts: 2 })).toBe('turbofan, 2 de-optimised');
  expect(flag({ tier: 'turbofan', share: 0.95, deopts: 0 })).toBeUndefined();
  expect(flag({ method: 'not known' })).toBeUndefined();
});
