import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, NO_FILES } from '../catalogue.ts';
import { makePlan } from '../plan.ts';
import type { TierSummary } from '../record.ts';
import { tierOf, traceTiers } from './tiers.ts';
import { readV8Log } from './v8-log.ts';

/** A window from 1000 to 2000 µs: `tick` lines and whatever else belongs to it. */
const log = (...lines: string[]) =>
  readV8Log(
    [
      'v8-version,13,6,233,17-node,0,0',
      'code-creation,Builtin,2,10,0x500,64,CallFunction',
      'code-creation,JS,9,20,0x1000,256,dot file:///k/dot.ts:1:9,0xabc,~',
      'code-creation,Script,9,100,0x9000,3, zoo-mark:clock:1:1,0xdef,~',
      'code-creation,JS,11,300,0x2000,256,dot file:///k/dot.ts:1:9,0xabc,+',
      "code-creation,JS,12,600,0x3000,256,dot file:///k/dot.ts:1:9,0xabc,*'",
      'code-creation,Script,9,1000,0x9010,3, zoo-mark:start-0:1:1,0xdef,~',
      ...lines,
      'code-creation,Script,9,2000,0x9020,3, zoo-mark:end-0:1:1,0xdef,~',
    ].join('\n'),
  );
const ticks = (n: number, pc: string, ...stack: string[]) =>
  Array.from({ length: n }, (_, i) => ['tick', pc, 1010 + i, 0, '0x0', 0, ...stack].join());
/** The clock's 100 µs are 5 ms here; 10 calls in each of the first three ms, then 100 a ms. */
const looked = {
  clockMs: 5,
  points: [
    [5.1, 10],
    [5.2, 20],
    [5.3, 30],
    [6, 100],
    [7, 200],
  ],
} as const;

describe('tierOf', () => {
  it('names the tier that most samples fell on, its share, and the calls until its code was made', () => {
    const summary = tierOf(log(...ticks(19, '0x3010'), ...ticks(1, '0x2010')), looked, 0);
    // Made 500 µs after the clock's mark: 5.5 ms, 2/7 of the way from 30 to 100 calls.
    expect(summary).toMatchObject({ tier: 'turbofan', share: 0.95, deopts: 0, warmCalls: 50 });
  });

  it('finds the function on the stack when the engine itself ran: an interpreted one only stands there', () => {
    expect(tierOf(log(...ticks(20, '0x500', '0x77', '0x1020')), looked, 0)).toMatchObject({
      tier: 'ignition',
      share: 1,
    });
    expect(tierOf(log(...ticks(20, '0x2500', '-0x4f0')), looked, 0)).toMatchObject({ tier: 'maglev' });
  });

  it('tells the tiers of WASM, and keeps to the code that is at an address now', () => {
    const made = (tier: string, at: number, address: string) =>
      `code-creation,JS,4,${at},${address},512,mod/f,0x1,${tier}`;
    expect(tierOf(log(made('', 1001, '0x5000'), ...ticks(20, '0x5010')), looked, 0)).toMatchObject({
      tier: 'liftoff',
    });
    const again = log(made('', 1001, '0x5000'), made('*', 1002, '0x5000'), ...ticks(20, '0x5010'));
    expect(tierOf(again, looked, 0)).toMatchObject({ tier: 'turbofan' });
    expect(
      readV8Log([made('*', 1, '0x5000'), made('*', 9, '0x5000')].join('\n')).codes.map(({ at }) => at),
    ).toEqual([1]);
  });

  it('counts de-optimisations within the window, not steps up by on-stack replacement', () => {
    const deopt = (at: number, reason: string) =>
      `code-deopt,${at},256,0x3000,-1,9,deopt-eager,<file:///k/dot.ts:1:9>,${reason}`;
    const summary = tierOf(
      log(
        deopt(500, 'out of bounds'),
        deopt(1500, 'not a Smi'),
        deopt(1600, 'prepare for on stack replacement (OSR)'),
        ...ticks(20, '0x3010'),
      ),
      looked,
      0,
    );
    expect(summary.deopts).toBe(1);
  });

  it('does not guess from fewer than ten samples', () => {
    const summary = tierOf(log(...ticks(9, '0x3010')), looked, 0);
    expect(summary.tier).toBeUndefined();
    expect(summary.method).toContain('too few samples');
  });

  it('reads a log that was cut off anywhere', () => {
    const text = [...ticks(3, '0x3010'), 'code-creation,JS,12,600,0x30'].join('\n');
    for (let end = 0; end <= text.length; end++) expect(() => readV8Log(text.slice(0, end))).not.toThrow();
  });
});

describe('a real process', () => {
  let tiers: Map<string, TierSummary>;
  beforeAll(async () => {
    const plan = makePlan(await loadKernels(NO_FILES), {
      selectors: ['tanh/simd', 'tanh/blocked'],
      cases: ['N=3072'],
    });
    tiers = new Map();
    for (const group of plan.groups) {
      const budget = { ...plan.budget, warmupMs: 1500 };
      const found = await traceTiers(group, { budget, files: NO_FILES, seed: 'tiers' });
      tiers.set(group.variant, found.get('N=3072')!);
    }
  }, 30_000);

  it('reaches the top tier of WASM and of JavaScript within 1.5 s, after at least one call', () => {
    for (const name of ['simd', 'blocked']) {
      expect(tiers.get(name), name).toMatchObject({ tier: 'turbofan' });
      expect(tiers.get(name)!.warmCalls, name).toBeGreaterThan(0);
    }
  });
});
