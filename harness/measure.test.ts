import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineKernel, defineVariant, type Variant } from '../kernels/kernel.ts';
import { firstCall } from './measure.ts';
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
