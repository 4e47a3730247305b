/** The decisions on their own, and the honest: no variant of the zoo is accused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KERNELS } from '../../kernels/index.ts';
import { caseName, type Prepared, type Work } from '../../kernels/kernel.ts';
import { inputSources, judge, makeTrial, unsupported } from '../../kernels/lib/check.ts';
import { denormalShare, guarded } from '../../kernels/lib/guard.ts';
import { smokeSuite } from '../../suites/smoke.ts';
import { HELD_UP } from '../roofline/bound.ts';
import { createProcessHost, type ProcessHost } from '../runtimes/process-host.ts';
import { freshRounds, inFavour, slowdown } from './fresh.ts';
import { watchGlobals } from './globals.ts';
import { lateness, readTwice } from './late.ts';
import { leaked } from './leak.ts';
import { isBeyondBelief } from './limits.ts';

const replacedGlobals = watchGlobals();

describe('slower on a fresh input', () => {
  const bytes = 32_768;
  const five = (fresh: number, again: number, repeated: number) =>
    Array.from({ length: 5 }, () => ({ fresh, again, repeated }));

  it('accuses what is 10 times as slow and 5 µs, against its second call or its many', () => {
    expect(slowdown(five(90_000, 8000, 8000), bytes)).toBe(11.25);
    expect(slowdown(five(90_000, 90_000, 8000), bytes)).toBe(11.25);
    expect(slowdown(five(70_000, 8000, 8000), bytes)).toBeUndefined();
    expect(slowdown(five(5000, 100, 100), bytes)).toBeUndefined();
  });

  it('clears it in the second round that does not agree', () => {
    const rounds = five(90_000, 8000, 8000);
    rounds[1] = { fresh: 20_000, again: 20_000, repeated: 20_000 };
    expect(slowdown(rounds, bytes)).toBe(11.25);
    rounds[4] = rounds[1];
    expect(slowdown(rounds, bytes)).toBeUndefined();
    expect(slowdown(rounds.slice(2, 4), bytes)).toBeUndefined();
  });

  it('takes what a clock of 20 µs leaves open for the variant: 20 µs against 0 accuses nobody, 400 µs against 0 does', () => {
    const read = (first: number) => Array.from({ length: 5 }, () => inFavour(first, 0, 0, 4, 20_000));
    expect(slowdown(read(20_000), bytes)).toBeUndefined();
    expect(slowdown(read(400_000), bytes)).toBe(19);
  });

  it('leaves 5 ns an element to the branch predictor: 12 times as slow is no proof at 3072 elements', () => {
    expect(slowdown(five(16_000, 15_000, 1300), 8 * 3072)).toBeUndefined();
  });
});

describe('a second call that is fast', () => {
  const FAST_MS = 0.005;
  const SLOW_MS = 0.4;
  const known: Prepared = { run: () => spin(FAST_MS), read: () => new Float32Array(1), dispose: () => {} };

  function spin(ms: number): void {
    const start = performance.now();
    while (performance.now() - start < ms);
  }

  /** @param forgets whether making an instance makes the others slow again, as it does where they were only in a cache */
  async function judged(forgets: boolean): Promise<number | undefined> {
    const fast = new Set<object>();
    const make = async (): Promise<Prepared> => {
      if (forgets) fast.clear();
      const own = {};
      return {
        ...known,
        run() {
          spin(fast.has(own) ? FAST_MS : SLOW_MS);
          fast.add(own);
        },
      };
    };
    // So large that calls in a row may be faster for their branches.
    return slowdown(await freshRounds(known, make, FAST_MS * 1e6, 1 << 20), 1 << 20);
  }

  it('is a memory where it is as fast behind the making of others', async () => {
    expect(await judged(false)).toBeGreaterThan(10);
  });

  it('is a cache where that makes it as slow as the first', async () => {
    expect(await judged(true)).toBeUndefined();
  });
});

it('work in read: the first reading takes 6 times the second, and more than two runs', () => {
  const readings = [
    { first: 80_000, second: 2000 },
    { first: 41_000, second: 6000 },
  ];
  expect(lateness(readings, 10)).toBe(20.5);
  expect(lateness(readings, 30_000)).toBeUndefined();
  expect(lateness([{ first: 80_000, second: 20_000 }], 10)).toBeUndefined();
  // A GPU's: 10 ms.
  expect(lateness([{ first: 2e6, second: 2e5 }], 10, 10e6)).toBeUndefined();
});

it('denormals are counted, in inputs too', () => {
  expect(denormalShare([Float32Array.of(0, 1e-39, -1e-40, 1)])).toBe(0.5);
  expect(guarded({ x: Float32Array.of(1e-39, 2) }).denormals()).toBe(0.5);
});

it('a leak: every window grows by 2 KiB, and by 8 bytes a call', () => {
  expect(leaked([4096, 8192, 4096, 5000], 4000)).toBeUndefined();
  expect(leaked([4096, 8192, 4096, 5000], 64)).toBe(64);
  expect(leaked([4096, 8192, 0, 5000], 64)).toBeUndefined();
});

it('faster than the machine: twice the compute peak, or 8 times the bandwidth', () => {
  expect(isBeyondBelief({ bound: 'compute', fraction: 2.1 })).toBe(true);
  expect(isBeyondBelief({ bound: 'compute', fraction: 1.9 })).toBe(false);
  expect(isBeyondBelief({ bound: 'memory', fraction: 8.1 })).toBe(true);
  expect(isBeyondBelief({ bound: 'memory', fraction: 7.9 })).toBe(false);
  expect(isBeyondBelief({ bound: 'compute', fraction: 3, impossible: `2 threads, ${HELD_UP}` })).toBe(false);
});

it('a guarded input tells which of its arrays was changed, and restores them', () => {
  const original = { x: Float32Array.of(1, 2, 3), blocks: Uint8Array.of(1, 2, 3), offset: 5 };
  const guard = guarded(original);
  const input = guard.input as typeof original;
  expect(input).toEqual(original);
  expect(guard.damage()).toBeUndefined();
  guard.scramble();
  expect(guard.damage()).toBe('changes its input x, first at byte 0 of 12');
  guard.restore();
  expect(guard.damage()).toBeUndefined();
  input.blocks[2] = 7;
  expect(guard.damage()).toBe('changes its input blocks, first at byte 2 of 3');
});

it('a replaced clock is named, and one that was put back is not', () => {
  const { now } = performance;
  expect(replacedGlobals()).toEqual([]);
  performance.now = () => 0;
  const replaced = replacedGlobals();
  // It was inherited: put back means not there.
  Reflect.deleteProperty(performance, 'now');
  expect(replaced).toEqual(['performance.now']);
  expect(performance.now).toBe(now);
  expect(replacedGlobals()).toEqual([]);
});

describe('no honest variant is accused', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await createProcessHost({ threads: 2 });
  });
  afterAll(() => host.close());
  /** Shapes that are large enough to be accused at, and small enough for plain loops; two of each kernel. */
  const isUseful = ({ flops, bytes }: Work) => flops < 4e6 && bytes > 10_000 && bytes < 2e6;
  const WARM_MS = 30;

  // The others are watched in every run: all of them take minutes.
  const watched = new Set(smokeSuite.selection.flatMap(({ select }) => select));
  const isWatched = (kernel: string, variant: string) =>
    watched.has(kernel) || watched.has(`${kernel}/${variant}`);
  for (const kernel of KERNELS.filter(({ name }) => isWatched(name, 'simd'))) {
    it(`${kernel.name}: rules of the contract, fresh inputs, readings`, async () => {
      const ordinary = inputSources(kernel)[0]!;
      const shapes = kernel.cases.map((each) => each.shape).filter((shape) => isUseful(kernel.work(shape)));
      expect(shapes.length).toBeGreaterThan(0);
      for (const variant of kernel.variants) {
        for (const shape of shapes.slice(-2)) {
          const { bytes } = kernel.work(shape);
          if (variant.lenient || !isWatched(kernel.name, variant.name)) continue;
          if (unsupported(variant, shape, host) !== undefined) continue;
          const label = `${variant.name}@${caseName(shape)}`;
          let made = 0;
          const trial = () => makeTrial(kernel, variant, shape, ordinary, `${label} ${made++}`, host);
          const make = async (): Promise<Prepared> => (await trial()).prepared;
          const known = await trial();
          const callNs = await time(known.prepared);
          expect((await judge(known)).misuse, label).toBeUndefined();
          expect(
            slowdown(await freshRounds(known.prepared, make, callNs, bytes), bytes),
            label,
          ).toBeUndefined();
          expect(lateness(await readTwice(known.prepared, callNs), callNs), label).toBeUndefined();
          known.prepared.dispose();
        }
      }
      expect(replacedGlobals()).toEqual([]);
    }, 60_000);
  }

  /** Waits for each call: what only queues them would have thousands to do. */
  async function time(prepared: Prepared): Promise<number> {
    const start = performance.now();
    let calls = 0;
    do {
      prepared.run();
      if (prepared.sync) await prepared.sync();
      calls++;
    } while (performance.now() - start < WARM_MS);
    return ((performance.now() - start) * 1e6) / calls;
  }
});
