/** Two clocks of one batch: which is believed, and when. How fast anything is, is no matter of tests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KERNELS } from '../../kernels/index.ts';
import type { Prepared } from '../../kernels/kernel.ts';
import { rng } from '../../kernels/lib/rng.ts';
import type { Budget } from '../../suites/suite.ts';
import { createProcessHost, type ProcessHost } from '../runtimes/process-host.ts';
import { gpuClock, implausible, stepOf, timeOnGpu } from './gpu-clock.ts';
import { sample } from './sample.ts';

const BUDGET: Budget = { sampleMs: 5, warmupMs: 5, minSamples: 3, processes: 1, limitMs: 10_000 };

describe('the step of a clock', () => {
  it('is what divides all its values', () => {
    expect(stepOf([65_536n * 7n, 65_536n * 9n, 65_536n * 12n])).toBe(65_536);
    expect(stepOf([1_000_001n, 1_000_034n, 1_000_100n])).toBe(1);
  });

  it('is not known from one value, nor from a clock that stands at zero', () => {
    expect(stepOf([123_456n])).toBe(0);
    expect(stepOf([0n])).toBe(0);
  });
});

describe('timestamps are not believed', () => {
  const batch = (gpuMs: number, wallMs: number) => implausible({ gpuMs, wallMs }, { gpuMs, wallMs }, 0.2);

  it('when a pass ended before it began', () => {
    expect(batch(-0.001, 1)).toMatch('before it began');
  });

  it('when they say more than the wall clock by 2 % and the steps of both', () => {
    expect(batch(10.39, 10)).toBeUndefined();
    expect(batch(10.41, 10)).toMatch('the device took 10.4 ms for what was done after 10.0 ms');
  });

  it('when they show less than a hundredth of half a second of work', () => {
    expect(batch(0, 499)).toBeUndefined();
    expect(batch(5.02, 501)).toBeUndefined();
    expect(batch(0, 501)).toMatch("the device's clock went 0.0 ms in 501 ms of work");
  });
});

/** A device whose passes end `ns` after they begin, and do nothing. */
function deviceOf(ns: bigint, features: readonly string[] = ['timestamp-query']): GPUDevice {
  let clock = 1n << 40n;
  const pass = { end: () => {} };
  const encoder = {
    beginComputePass: () => pass,
    resolveQuerySet: () => {},
    copyBufferToBuffer: () => {},
    finish: () => {},
  };
  const buffer = {
    mapAsync: async () => {},
    getMappedRange: () => {
      clock += 1001n;
      return new BigUint64Array([clock, clock + ns]).buffer;
    },
    unmap: () => {},
  };
  return {
    features: new Set(features),
    lost: new Promise(() => {}),
    addEventListener: () => {},
    createQuerySet: () => ({}),
    createBuffer: () => buffer,
    createCommandEncoder: () => encoder,
    queue: { submit: () => {}, onSubmittedWorkDone: async () => {} },
  } as unknown as GPUDevice;
}

describe('a cell is timed', () => {
  Object.assign(globalThis, {
    GPUBufferUsage: { MAP_READ: 1, COPY_DST: 8, COPY_SRC: 4, QUERY_RESOLVE: 512 },
    GPUMapMode: { READ: 1 },
  });
  let runs = 0;
  const waiting: Prepared = {
    run: () => {
      runs++;
    },
    sync: () => new Promise((resolve) => setTimeout(resolve, 1)),
    read: () => new Float32Array(0),
    dispose: () => {},
  };
  const encoded: Prepared = { ...waiting, encode: () => {} };

  it('by a fenced wall clock where the adapter has no timestamps, or the variant cannot be encoded', async () => {
    expect((await sample(encoded, { budget: BUDGET, engine: 'tinybench' }, deviceOf(1n, []))).clock).toBe(
      'fenced wall clock',
    );
    expect((await sample(waiting, { budget: BUDGET, engine: 'tinybench' }, deviceOf(1n))).clock).toBe(
      'fenced wall clock',
    );
    expect((await sample(encoded, { budget: BUDGET, engine: 'benchmarkjs' }, deviceOf(1n))).clock).toBe(
      'fenced wall clock',
    );
  });

  it('by a fenced wall clock, with a note, where the timestamps are impossible', async () => {
    runs = 0;
    const backwards = await sample(encoded, { budget: BUDGET, engine: 'tinybench' }, deviceOf(-5n));
    expect(backwards.clock).toBe('fenced wall clock');
    expect(backwards.note).toBe(
      'timed by a fenced wall clock: by its timestamps the device ended a pass before it began it',
    );
    expect(runs).toBeGreaterThanOrEqual(BUDGET.minSamples);
    const slow = await sample(encoded, { budget: BUDGET, engine: 'tinybench' }, deviceOf(10n ** 12n));
    expect(slow.note).toMatch(/by its timestamps the device took 1\.00e\+6 ms for what was done after/);
  });

  it('by no clock of a GPU where nothing is waited for', async () => {
    const { clock, note } = await sample(
      { ...waiting, sync: undefined as never },
      { budget: BUDGET, engine: 'tinybench' },
    );
    expect([clock, note]).toEqual([undefined, undefined]);
  });
});

describe('the clock of Dawn', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await createProcessHost({ gpu: true });
  });
  afterAll(() => host.close());

  it('times a batch within its wall time, and makes its output', async ({ skip }) => {
    if ('reason' in host.gpu) {
      expect(process.env.CI, host.gpu.reason).not.toBe('true');
      return skip(host.gpu.reason);
    }
    const { device } = host.gpu;
    const { stepMs } = await gpuClock(device);
    expect(stepMs).toBeGreaterThan(0);
    // Not rounded to 65,536 ns, as it is where the toggle is forgotten.
    expect(stepMs).toBeLessThan(0.06);
    const kernel = KERNELS.find(({ name }) => name === 'gelu')!;
    const variant = kernel.variants.find(({ backend }) => backend === 'webgpu')!;
    const shape = { N: 4096 };
    const input = await kernel.inputs(shape, rng('timestamps'), host);
    const prepared = await variant.prepare(input, shape, host);
    const { gpuMs, wallMs } = await timeOnGpu(device, prepared.encode!, 8);
    expect(gpuMs).toBeGreaterThan(0);
    expect(gpuMs).toBeLessThan(wallMs);
    const out = await prepared.read();
    expect(out.every((value) => !Number.isNaN(value))).toBe(true);
    prepared.poison!(Number.NaN);
    const sampled = await sample(prepared, { budget: BUDGET, engine: 'tinybench' }, device);
    expect(sampled).toMatchObject({ clock: 'timestamp-query' });
    prepared.poison!(Number.NaN);
    await sampled.once();
    expect(await prepared.read()).toEqual(out);
    prepared.dispose();
  });
});
