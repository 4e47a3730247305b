import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineKernel, defineVariant, type Variant } from '../kernels/kernel.ts';
import { firstCall, measureCell } from './measure.ts';
import { createProcessHost, type ProcessHost } from './runtimes/process-host.ts';

type Shape = { readonly N: number };

const RUN_MS = 5;
const SYNC_MS = 20;

function wait(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** @param sync what is left when the run returns, if anything is */
const copy = (name: string, sync?: () => Promise<void>): Variant<Float32Array, Shape> =>
  defineVariant<Float32Array, Shape>({
    ...{ name, backend: 'js', idea: 'a copy' },
    prepare(x) {
      let out = new Float32Array(x.length);
      return {
        run() {
          wait(RUN_MS);
          out = x.slice();
        },
        ...(sync ? { sync } : {}),
        read: () => out,
        dispose: () => {},
      };
    },
  });

const kernel = defineKernel<Float32Array, Shape>({
  name: 'copy',
  formula: 'out[N] = x[N]',
  cases: [{ shape: { N: 4 }, from: 'four' }],
  inputs: ({ N }, rng) => Float32Array.from({ length: N }, () => rng.uniform()),
  reference: (x) => ({ values: Float64Array.from(x) }),
  tolerance: { metric: 'abs', bound: 0, why: 'copied' },
  work: ({ N }) => ({ flops: 0, bytes: 8 * N }),
  variants: [copy('at-once'), copy('later', async () => wait(SYNC_MS))],
});

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 1 });
});
afterAll(() => host.close());

it.each([
  ['at-once', RUN_MS],
  ['later', RUN_MS + SYNC_MS],
])('the first call of %s takes at least the %i ms until its output is there', async (name, ms) => {
  const variant = kernel.variants.find((each) => each.name === name)!;
  const { check, coldNs } = await firstCall({ kernel, variant, host, seed: 's' }, { N: 4 });
  expect(check.ok).toBe(true);
  expect(coldNs).toBeGreaterThanOrEqual(ms * 1e6);
});

const BUDGET = { sampleMs: 30, warmupMs: 1, minSamples: 1, processes: 1, limitMs: 0 };

/** Measures a copy whose first instance takes a millisecond; counts the calls of each instance, and what is disposed of. */
async function measureSlowFirst(backend: 'wasm' | 'js', turn?: () => Promise<void>) {
  const runs: number[] = [];
  let disposed = 0;
  const variant = defineVariant<Float32Array, Shape>({
    ...{ name: 'slow-first', backend, idea: 'a copy that counts' },
    prepare(x) {
      const own = runs.push(0) - 1;
      let out = new Float32Array(x.length);
      return {
        run() {
          runs[own]!++;
          if (own === 0) wait(1);
          out = x.slice();
        },
        read: () => out,
        dispose() {
          disposed++;
        },
      };
    },
  });
  const { checks } = await measureCell(
    { kernel, variant, host, seed: 's' },
    { N: 4 },
    { budget: BUDGET, engine: 'tinybench', ...(turn ? { turn } : {}) },
    undefined,
    false,
  );
  expect(checks.map(({ ok, stage }) => ok && stage)).toEqual([
    'after the samples',
    'overwritten output',
    'warm, on a new input',
  ]);
  expect(disposed).toBe(runs.length);
  // The last is the input that it has not seen, called once.
  expect(runs.pop()).toBe(1);
  return runs;
}

it('of a pair measures the fastest of three instances of WASM', async () => {
  const [slow, ...others] = await measureSlowFirst('wasm', async () => {});
  expect(others).toHaveLength(2);
  // 4 ms of looks, and as many calls as double to one.
  expect(slow).toBeLessThan(10);
  // The other one too was only looked at: 30 ms of samples are many times its 4 ms.
  expect(Math.max(...others)).toBeGreaterThan(1000);
});

it.each([
  ['js', async () => {}],
  ['wasm', undefined],
] as const)('of %s, with turns %s, makes one instance', async (backend, turn) => {
  expect(await measureSlowFirst(backend, turn)).toHaveLength(1);
});
