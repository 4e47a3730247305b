/** What the bounds of the datasheet do not say: how good the float64 sums are, where ε stands, and what a NaN touches. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Variant } from '../kernel.ts';
import { checkOnce, inputSources } from '../lib/check.ts';
import { blocked } from './blocked.ts';
import { chunked } from './chunked.ts';
import { float32 } from './float32.ts';
import { type RmsnormInput, type RmsnormShape, rmsnorm } from './index.ts';
import { naive } from './naive.ts';
import { pairwise } from './pairwise.ts';
import { parallel } from './parallel.ts';
import { simd, simdThreads } from './simd.ts';

type AnyVariant = Variant<RmsnormInput, RmsnormShape>;
const CPU: readonly AnyVariant[] = [naive, chunked, pairwise, blocked, float32, parallel, simd, simdThreads];

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

/** Largest error in ULP over all inputs, ordinary and hostile. */
async function largestError(variant: AnyVariant, shape: RmsnormShape): Promise<number> {
  let worst = 0;
  for (const source of inputSources(rmsnorm)) {
    const verdict = await checkOnce(rmsnorm, variant as Variant, shape, source, 'bounds', host);
    worst = Math.max(worst, verdict.value);
  }
  return worst;
}

async function run(variant: AnyVariant, input: RmsnormInput, shape: RmsnormShape): Promise<number[]> {
  const prepared = await variant.prepare(input, shape, host);
  prepared.run();
  const out = Array.from(await prepared.read());
  prepared.dispose();
  return out;
}

describe('largest error over all inputs at 2048 columns', () => {
  const shape = { R: 8, C: 2048 };
  // Half an ULP is what rounding the exact result costs.
  it.each([naive, chunked, blocked, parallel])('$name: below 0.501 ULP', async (variant) => {
    expect(await largestError(variant, shape)).toBeLessThan(0.501);
  });
  it.each([pairwise, simd, simdThreads])('$name: below 5 ULP', async (variant) => {
    expect(await largestError(variant, shape)).toBeLessThan(5);
  });
  it('float32: between 100 and 200 ULP, where all values are equal', async () => {
    const error = await largestError(float32, shape);
    expect(error).toBeGreaterThan(100);
    expect(error).toBeLessThan(200);
  });
});

for (const variant of CPU) {
  describe(variant.name, () => {
    it('has ε = 1e-5 inside the root: 1e-5 becomes 1e-5 / √(1e-10 + 1e-5)', async () => {
      const x = new Float32Array(4).fill(1e-5);
      const [first] = await run(variant, { x, w: new Float32Array(4).fill(1) }, { R: 1, C: 4 });
      expect(Math.abs(first! / (1e-5 / Math.sqrt(1e-10 + 1e-5)) - 1)).toBeLessThan(4e-7);
    });

    it('gives 0 for a row of 0 and NaN for all of a row with a NaN, the next row being right', async () => {
      const x = Float32Array.of(0, 0, 0, 1, Number.NaN, 2, 3, 3, 3);
      const w = Float32Array.of(1, -1, 2);
      const out = await run(variant, { x, w }, { R: 3, C: 3 });
      expect(out.slice(0, 3).map(Math.abs)).toEqual([0, 0, 0]);
      expect(out.slice(3, 6)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect(out.slice(6).map((v) => Math.round(v * 1e4) / 1e4)).toEqual([1, -1, 2]);
    });
  });
}

it.each([naive, blocked, parallel, simd, simdThreads])(
  '$name: right up to the largest float32, finite elements beside ±Infinity become 0',
  async (variant) => {
    const big = 3.4e38;
    const x = Float32Array.of(big, -big, big, big, Number.POSITIVE_INFINITY, 1, -2, 3);
    const w = new Float32Array(4).fill(1);
    const out = await run(variant, { x, w }, { R: 2, C: 4 });
    expect(out.slice(0, 4)).toEqual([1, -1, 1, 1]);
    expect(out.slice(4).map(Math.abs)).toEqual([Number.NaN, 0, 0, 0]);
  },
);
