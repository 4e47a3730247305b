/** The judge of `toBeFasterThan`, on a simulated clock: no test here depends on how fast anything is. */
import { describe, expect, it, vi } from 'vitest';
import { type Rng, rng } from '../kernels/lib/rng.ts';
import { comparePaired, outcomeText, type PairedOptions } from './paired.ts';
import './vitest.ts';

/** What the matcher has for a clock here. */
const engine = vi.hoisted(() => ({ ms: 0 }));
vi.mock('../harness/clock.ts', () => ({ now: () => engine.ms, clockStepMs: () => 1e-3 }));

interface Simulated {
  /** Milliseconds a call. */
  readonly ms: number;
  /** Standard deviation of the logarithm of a call's time. */
  readonly noise?: number;
}

/** A world in which calls take what they are said to, on a machine that becomes slower by `drift` per second. */
function world(seed: string, drift = 0) {
  let clock = 0;
  const random: Rng = rng(seed);
  const call =
    ({ ms, noise = 0.02 }: Simulated) =>
    () => {
      clock += ms * Math.exp(noise * random.normal() + (drift * clock) / 1000);
      return clock;
    };
  return { call, surroundings: { now: () => clock, clockStepMs: 1e-3, random } };
}

function compared(seed: string, fast: Simulated, slow: Simulated, options: PairedOptions = {}, drift = 0) {
  const { call, surroundings } = world(seed, drift);
  return comparePaired(call(fast), call(slow), options, surroundings);
}

async function verdicts(
  n: number,
  ...[fast, slow, options, drift]: [Simulated, Simulated, PairedOptions?, number?]
) {
  const counts = { faster: 0, slower: 0, same: 0, unclear: 0 };
  for (let i = 0; i < n; i++)
    counts[(await compared(`${i}`, fast, slow, { timeMs: 100, ...options }, drift)).verdict]++;
  return counts;
}

describe('identical functions', () => {
  it('are never called faster in 300 runs with 2 % of noise, and the same in all', async () => {
    expect(await verdicts(300, { ms: 0.1 }, { ms: 0.1 })).toEqual({
      faster: 0,
      slower: 0,
      same: 300,
      unclear: 0,
    });
  });

  it('are called neither faster nor slower in 300 runs with 50 % of noise a batch', async () => {
    const { faster, slower } = await verdicts(300, { ms: 0.8, noise: 0.5 }, { ms: 0.8, noise: 0.5 });
    expect(faster + slower).toBeLessThanOrEqual(3);
  });

  it('are never called faster in 300 runs on a machine that becomes a tenth slower each tenth of a second', async () => {
    const { faster, slower } = await verdicts(300, { ms: 0.8 }, { ms: 0.8 }, {}, 1);
    expect(faster + slower).toBe(0);
  });

  it('that differ by 5 % are not called faster: that may be the process', async () => {
    const { faster } = await verdicts(100, { ms: 0.1 }, { ms: 0.105 });
    expect(faster).toBe(0);
  });
});

describe('a difference', () => {
  it('of 1.5 is found in 100 of 100 runs with 5 % of noise', async () => {
    expect((await verdicts(100, { ms: 0.1, noise: 0.05 }, { ms: 0.15, noise: 0.05 })).faster).toBe(100);
    expect((await verdicts(100, { ms: 0.15, noise: 0.05 }, { ms: 0.1, noise: 0.05 })).slower).toBe(100);
  });

  it('of 3 is twice as fast and not four times', async () => {
    expect((await compared('a', { ms: 0.1 }, { ms: 0.3 }, { times: 2 })).verdict).toBe('faster');
    expect((await compared('a', { ms: 0.1 }, { ms: 0.3 }, { times: 4 })).verdict).toBe('slower');
  });

  it('ends measuring when it stands, and an unclear one when four times its time is spent', async () => {
    const { call, surroundings } = world('time');
    await comparePaired(call({ ms: 0.1 }), call({ ms: 0.2 }), { timeMs: 1000 }, surroundings);
    expect(surroundings.now()).toBeLessThan(400);
    const slow = world('slow');
    const outcome = await comparePaired(
      slow.call({ ms: 300 }),
      slow.call({ ms: 301, noise: 1 }),
      { timeMs: 1000 },
      slow.surroundings,
    );
    expect(outcome.verdict).toBe('unclear');
    expect(slow.surroundings.now()).toBeLessThan(8000);
  });
});

describe('the words', () => {
  const text = async (fast: Simulated, slow: Simulated, options: PairedOptions = {}) =>
    outcomeText(await compared('words', fast, slow, options), options);

  it('say times, ratio and interval', async () => {
    const said = await text({ ms: 0.2, noise: 0.001 }, { ms: 0.1, noise: 0.001 });
    expect(said).toMatch(/^it is slower: 0\.5 times as fast, between 0\.45\d? and 0\.55\d? \(99 % interval/);
    expect(said).toContain('the first:  200 µs a call');
    expect(said).toContain('the second: 100 µs a call');
  });

  it('have a line of their own where nothing can be told', async () => {
    const noisy = { ms: 10, noise: 2 };
    expect(await text(noisy, noisy, { timeMs: 100 })).toMatch(
      /^inconclusive: [\s\S]*give it more time, \{ timeMs: 400 \}/,
    );
    expect(await text({ ms: 0.1 }, { ms: 0.1 })).toMatch(/^the two take the same time: [\s\S]*zoo compare/);
  });
});

describe('the matcher', () => {
  const taking = (ms: number) => () => {
    engine.ms += ms;
  };
  let calls = 0;
  /** A hundred times as long, or as short, as the calls before. */
  const wild = () => {
    engine.ms += calls++ % 40 < 20 ? 100 : 1;
  };

  it('passes for what is faster, sync and async, and with `not` for what is slower or the same', async () => {
    await expect(taking(1)).toBeFasterThan(taking(2));
    await expect(async () => taking(1)()).toBeFasterThan(async () => taking(2)());
    await expect(taking(2)).not.toBeFasterThan(taking(1));
    await expect(taking(1)).not.toBeFasterThan(taking(1));
    await expect(taking(1)).toBeFasterThan(taking(3), { times: 2 });
  });

  it('fails with the words where it is slower, the same, or cannot be told, that one also with `not`', async () => {
    const failure = (call: () => unknown) => expect(async () => call()).rejects;
    await failure(() => expect(taking(2)).toBeFasterThan(taking(1))).toThrow(
      /^expected the first to be faster than the second: it is slower: 0\.5 times as fast/,
    );
    await failure(() => expect(taking(1)).toBeFasterThan(taking(1))).toThrow('the two take the same time');
    await failure(() => expect(wild).toBeFasterThan(wild)).toThrow(
      'to be faster than the second: inconclusive',
    );
    await failure(() => expect(wild).not.toBeFasterThan(wild)).toThrow(
      'not to be faster than the second: inconc',
    );
  });

  it('refuses what is no function', async () => {
    await expect(async () => expect(3).toBeFasterThan(wild)).rejects.toThrow('compares two functions');
  });
});
