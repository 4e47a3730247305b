import { expect, it } from 'vitest';
import { caseName } from '../kernels/kernel.ts';
import { SUBJECTS } from '../models/index.ts';
import { SUITES } from '../suites/index.ts';
import type { Goal, Measure } from '../suites/suite.ts';
import { goalsText, judgeGoals, markdownGoals } from './goals.ts';
import type { Row } from './rows.ts';

const row = (change: Partial<Row>): Row => ({
  ...{ id: '', subject: 'matmul', kind: 'kernel', variant: 'simd', backend: 'wasm', case: 'A', suite: 's' },
  ...{ runtime: 'node', status: 'ok', verdict: 'ok', medianNs: 100, gflops: 60, peak: 'fma', peakGflops: 64 },
  ...{ fractionOfPeak: 0.9, softwareGpu: false, softwareAsked: false },
  ...change,
});
const peer = (variant: string, medianNs: number, change: Partial<Row> = {}) =>
  row({ variant, backend: 'peer', medianNs, peak: undefined, ...change });

function judge(anyOf: readonly Measure[], rows: readonly Row[], change: Partial<Goal> = {}) {
  const goal: Goal = { work: 'w', kernel: 'matmul', variants: ['simd'], cases: ['A'], anyOf, ...change };
  return judgeGoals(rows, [{ name: 's', goals: [goal] }])[0]!;
}
const worst = (anyOf: readonly Measure[], rows: readonly Row[], change?: Partial<Goal>) => {
  const { verdict, cases } = judge(anyOf, rows, change);
  return [verdict, cases[0]!.value, cases[0]!.reason];
};

const BOUND: Measure = { against: 'bound', least: 0.9 };
const PEERS: Measure = { against: 'peers', least: 2 };

it('is met by a share that is as large as the goal, and missed by a smaller one or one that cannot be true', () => {
  expect(worst([BOUND], [row({})])).toEqual(['met', 0.9, undefined]);
  expect(worst([BOUND], [row({ fractionOfPeak: 0.89 })])).toEqual(['missed', 0.89, undefined]);
  expect(worst([BOUND], [row({ impossible: 'why' })])[0]).toBe('not measured');
});

it('compares with the fastest right library that is no native code', () => {
  const rows = [row({}), peer('tfjs', 300), peer('ort-web', 190), peer('ort-node', 10)];
  expect(worst([PEERS], rows)).toEqual(['missed', 1.9, undefined]);
  expect(worst([PEERS], [...rows.slice(0, 2), peer('jax-js', 5, { status: 'wrong' })])).toEqual([
    'met',
    3,
    undefined,
  ]);
  expect(worst([PEERS], [row({})])).toEqual([
    'not measured',
    undefined,
    'nothing to compare it with was measured',
  ]);
});

it('compares with another variant, and useful operations with what one thread can do', () => {
  const threads = [row({}), row({ variant: 'simd-threads', medianNs: 50, backend: 'wasm-threads' })];
  const twice: Measure = { against: 'variant', variant: 'simd', least: 1.85 };
  expect(worst([twice], threads, { variants: ['simd-threads'] })).toEqual(['met', 2, undefined]);
  expect(worst([{ against: 'fma', least: 1.05 }], [row({ gflops: 80 })])).toEqual(['met', 1.25, undefined]);
});

it('compares bits a byte: how many times as many the other takes', () => {
  const below: Measure = { against: 'bits', variant: 'gzip', least: 1 };
  const gzip = peer('gzip', 1, { bitsPerByte: 3 });
  expect(worst([below], [row({ bitsPerByte: 2 }), gzip])).toEqual(['met', 1.5, undefined]);
  expect(worst([below], [row({ bitsPerByte: 4 }), gzip])[0]).toBe('missed');
  expect(worst([below], [row({ bitsPerByte: 2 })])[0]).toBe('not measured');
});

it('holds tokens a second to a number, and what is to be little to the most that it may be', () => {
  const steps = { rateUnit: 'tok/s', rate: 12_000, tokensPerCall: 50 };
  const fast: Measure = { against: 'tokens', least: 10_000 };
  expect(worst([fast], [row(steps)])).toEqual(['met', 12_000, undefined]);
  expect(worst([fast], [row({ ...steps, rate: 9_000 })])[0]).toBe('missed');

  const nothing: Measure = { against: 'heap', most: 0 };
  expect(worst([nothing], [row({ ...steps, heapBytes: 8, externalBytes: 2 })])).toEqual([
    'met',
    0,
    undefined,
  ]);
  expect(worst([nothing], [row({ ...steps, heapBytes: 500 })])).toEqual(['missed', 10, undefined]);
  expect(worst([nothing], [row(steps)])[0]).toBe('not measured');

  const quiet: Measure = { against: 'collections', most: 0 };
  expect(worst([quiet], [row({ gcMinor: 0, gcMajor: 0 })])).toEqual(['met', 0, undefined]);
  expect(worst([quiet], [row({ gcMinor: 3, gcMajor: 0 })])).toEqual(['missed', 3, undefined]);

  const lean: Measure = { against: 'held', most: 1.2 };
  const load = { rateUnit: 'B/s', rate: 2e9, medianNs: 1e8 };
  expect(worst([lean], [row({ ...load, addedBytes: 2.2e8 })])).toEqual(['met', 1.1, undefined]);
  expect(worst([lean], [row({ ...load, addedBytes: 2.6e8 })])[0]).toBe('missed');
  expect(goalsText([judge([lean], [row({ ...load, addedBytes: 2.6e8 })])])).toContain(
    '≤ 1.20× its bytes held at once',
  );
});

it('asks of other engines a part of the share that the first has', () => {
  const half: Measure = { against: 'engine', least: 0.5 };
  const both = [row({}), row({ runtime: 'firefox', fractionOfPeak: 0.225 })];
  expect(worst([half], both)).toEqual(['missed', 0.25, undefined]);
  expect(judge([half], both.slice(0, 1))).toBeUndefined();
});

it('takes the best variant by the measure that it is nearest to, and every case counts', () => {
  const rows = [
    row({ fractionOfPeak: 0.5 }),
    row({ variant: 'fast', fractionOfPeak: 0.85 }),
    peer('tfjs', 190),
    row({ case: 'B', fractionOfPeak: 0.99 }),
  ];
  const { verdict, cases } = judge([BOUND, PEERS], rows, { variants: ['simd', 'fast'], cases: ['B', 'A'] });
  expect(verdict).toBe('missed');
  expect(cases.map((each) => [each.case, each.variant, each.value])).toEqual([
    ['A', 'simd', 1.9],
    ['B', 'simd', 0.99],
  ]);
});

it('says why a case has no value', () => {
  const reason = 'not here';
  const gone = row({ status: 'unsupported', verdict: 'unsupported', reason });
  expect(worst([BOUND], [gone])).toEqual(['not measured', undefined, reason]);
  expect(worst([BOUND], [row({})], { cases: ['A', 'B'] })).toEqual(['not measured', 0.9, undefined]);
});

it('is told in a table, and silent where the rows are of no suite with goals', () => {
  const text = goalsText([judge([BOUND, PEERS], [row({}), peer('tfjs', 150)])]);
  expect(text).toContain('≥ 90.0 % of what binds it, or ≥ 2.00× the fastest WASM peer');
  expect(text).toContain('met (1 of 1)');
  expect(text).toContain('90.0 % of what binds it: matmul/simd@A');
  expect(goalsText(judgeGoals([row({ suite: 'other' })], [{ name: 's', goals: [] }]))).toBe('');
});

it('is told in Markdown with a line for each case', () => {
  const goal: Goal = { work: 'w', kernel: 'matmul', variants: ['simd'], cases: ['A', 'B'], anyOf: [BOUND] };
  const results = judgeGoals(
    [row({}), row({ case: 'B', fractionOfPeak: 0.5 })],
    [{ name: 's', goals: [goal] }],
  );
  const lines = markdownGoals(results).split('\n').slice(2);
  expect(lines.map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
    ['', 'w', '≥ 90.0 % of what binds it', 'B', 'simd', '50.0 % of what binds it', 'missed', ''],
    ['', '', '', 'A', 'simd', '90.0 % of what binds it', 'met', ''],
  ]);
});

it('every goal names variants of the zoo and cases that its suite measures', () => {
  for (const { goals = [], selection } of SUITES) {
    for (const { work, kernel: name, variants, cases, anyOf } of goals) {
      const kernel = SUBJECTS.find((each) => each.name === name);
      const names = kernel?.variants.map((variant) => variant.name);
      const measured = (variant: string, one: string) =>
        selection.some(
          (entry) =>
            entry.cases.includes(one) &&
            entry.select.some((each) => [name, `${name}/${variant}`].includes(each)),
        );
      const others = anyOf.flatMap((measure) => ('variant' in measure ? [measure.variant] : []));
      for (const variant of [...variants, ...others]) {
        expect(names, work).toContain(variant);
        for (const one of cases) expect(measured(variant, one), `${work}: ${variant}@${one}`).toBe(true);
      }
      expect(
        kernel?.cases.map(({ shape }) => caseName(shape)),
        work,
      ).toEqual(expect.arrayContaining([...cases]));
    }
  }
});
