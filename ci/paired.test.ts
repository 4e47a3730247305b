import { describe, expect, it } from 'vitest';
import type { PairedCell, Side } from '../harness/pairs.ts';
import { FALSE_ALARMS, PairedJudge, pairedExitCode } from './paired.ts';
import { judgeDrawn, NOISES, type Simulation, simulate } from './paired-rates.ts';

/** A suite as the gate has it, on a quiet machine: 60 pairs of half a second a process are a minute. */
const SUITE: Simulation = {
  ...{ suites: 1000, cells: 20, pairs: 40, noise: NOISES.normal, threshold: 0.03, slowdown: 0 },
  seed: 'paired',
};

describe('rates of the judge, simulated', () => {
  it('at most 1 % of 1000 suites of 20 unchanged cells raise an alarm, at a threshold of 3 % and of 0', () => {
    for (const threshold of [0.03, 0])
      expect(simulate({ ...SUITE, threshold }).alarmed / SUITE.suites).toBeLessThanOrEqual(FALSE_ALARMS);
  });

  it('nor where one pair in 20 was disturbed, one in 30 spoiled, or the processes are skewed', () => {
    for (const noise of [NOISES.disturbed, NOISES.spoiled, NOISES.skewed])
      expect(simulate({ ...SUITE, noise }).alarmed / SUITE.suites).toBeLessThanOrEqual(FALSE_ALARMS);
  });

  const pair = { ...SUITE, suites: 1000, cells: 1, pairs: 60 };

  it('finds 5 % in at least 99 % of kernel pairs within 60 pairs at a threshold of 3 %, and 10 % in all', () => {
    expect(simulate({ ...pair, slowdown: 0.05 }).found / pair.suites).toBeGreaterThanOrEqual(0.99);
    expect(simulate({ ...pair, slowdown: 0.1 }).found / pair.suites).toBe(1);
  });

  it('finds 5 % in at least 99 % where one pair in 30 is off by half, in 95 % within 27 pairs, and says by how much', () => {
    const spoiled = { ...pair, noise: NOISES.spoiled, slowdown: 0.05 };
    expect(simulate(spoiled).found / pair.suites).toBeGreaterThanOrEqual(0.99);
    expect(simulate({ ...spoiled, pairs: 27 }).found / pair.suites).toBeGreaterThanOrEqual(0.95);
    const [row] = judgeDrawn([(i) => (i === 2 ? -0.6 : Math.log(1.7) + 0.01 * (i % 2))], 20, 0.03);
    expect(row).toMatchObject({ verdict: 'slower' });
    expect(row!.ratio).toBeCloseTo(1.7, 1);
  });

  it('finds, at a threshold of 0, 2 % in at least 95 % and 1 % in at least 80 %', () => {
    expect(simulate({ ...pair, threshold: 0, slowdown: 0.02 }).found / pair.suites).toBeGreaterThanOrEqual(
      0.95,
    );
    expect(simulate({ ...pair, threshold: 0, slowdown: 0.01 }).found / pair.suites).toBeGreaterThanOrEqual(
      0.8,
    );
  });

  it('never calls a slowdown faster', () => {
    for (const slowdown of [0.01, 0.03, 0.05])
      expect(simulate({ ...pair, threshold: 0, slowdown }).reversed).toBe(0);
  });
});

/** A cell with the same results in each process, and `pairs` pairs of no difference. */
function cellWith(results: Record<Side, object>, pairs = 0, processes = 1): PairedCell {
  const all = (side: Side) => Array.from({ length: processes }, () => ({ host: {}, ...results[side] }));
  return {
    cell: { id: 'gelu/naive@N=3072', subject: 'gelu', variant: 'naive', case: 'N=3072', backend: 'js' },
    runtime: 'node',
    logRatios: Array.from({ length: pairs }, (_, i) => (i % 2 ? 0.001 : -0.001)),
    results: { base: all('base'), candidate: all('candidate') },
  } as unknown as PairedCell;
}

function judged(cell: PairedCell) {
  const judge = new PairedJudge({ threshold: () => 0.03 });
  const open = judge.next([cell]);
  const [row] = judge.rows([cell]);
  return { verdict: row!.verdict, reason: row!.reason, open: open.length > 0, exit: pairedExitCode([row!]) };
}

describe('verdicts without a clock', () => {
  const ok = { status: 'ok' };
  const bytes = (heapBytesPerOp: number) => ({ ...ok, memory: { heapBytesPerOp, method: 'test' } });

  it('wrong, unless the base was wrong too', () => {
    const wrong = { status: 'wrong', reason: 'off by one' };
    expect(judged(cellWith({ base: ok, candidate: wrong }))).toMatchObject({
      ...{ verdict: 'wrong', reason: 'off by one', open: false, exit: 1 },
    });
    expect(judged(cellWith({ base: wrong, candidate: wrong }))).toMatchObject({
      verdict: 'checked',
      exit: 0,
    });
    expect(judged(cellWith({ base: wrong, candidate: ok })).reason).toMatch(/^ok; the base was wrong/);
  });

  it('failed, also where the base was supported and the candidate is not', () => {
    const candidate = { status: 'unsupported', reason: 'needs relaxed SIMD' };
    expect(judged(cellWith({ base: ok, candidate }))).toMatchObject({
      ...{ verdict: 'failed', reason: 'is no longer supported: needs relaxed SIMD', exit: 4 },
    });
    expect(judged(cellWith({ base: candidate, candidate }))).toMatchObject({ verdict: 'checked', exit: 0 });
  });

  it('more bytes only when four processes of each side agree that it is more', () => {
    const sides = { base: bytes(0), candidate: bytes(16) };
    const pending = cellWith(sides, 30, 3);
    expect(judged(pending)).toMatchObject({ verdict: 'inconclusive', open: true });
    expect(new PairedJudge({ threshold: () => 0.03 }).needsBytes(pending)).toBe(true);
    expect(judged(cellWith(sides, 30, 4))).toMatchObject({ verdict: 'more-bytes', exit: 1 });
    expect(judged(cellWith({ base: bytes(16), candidate: bytes(0) }, 30, 4)).verdict).toBe('same');
    expect(judged(cellWith({ base: bytes(100), candidate: bytes(108) }, 30, 4)).verdict).toBe('same');
  });

  it('nothing of the time of a software GPU', () => {
    const software = { ...ok, host: { gpuIsSoftware: true } };
    const cell = cellWith({ base: software, candidate: software }, 1);
    (cell.cell as { backend: string }).backend = 'webgpu';
    expect(judged(cell)).toMatchObject({ verdict: 'checked', open: false });
  });
});
