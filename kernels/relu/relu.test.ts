/** What comparing values cannot see: the sign of a zero. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Variant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { bits } from './bits.ts';
import { branch } from './branch.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { positive } from './positive.ts';
import { simd, simdThreads } from './simd.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

async function run(variant: Variant<Float32Array, ElementwiseShape>, x: Float32Array): Promise<number[]> {
  const prepared = await variant.prepare(x, { N: x.length }, host);
  prepared.run();
  const out = Array.from(await prepared.read());
  prepared.dispose();
  return out;
}

/** A NaN with its sign bit set: an integer comparison would take it for a negative number. */
const NEGATIVE_NAN = new Float32Array(Uint32Array.of(0xffc00000).buffer)[0]!;

it.each([naive, branch, bits, parallel, simd, simdThreads])(
  '$name: NaN of either sign stays NaN, −0 becomes 0, in the vectors and in tails of 0 to 7',
  async (variant) => {
    for (let tail = 0; tail < 8; tail++) {
      const x = new Float32Array(16 + tail);
      for (let i = 0; i < x.length; i++) x[i] = [-0, Number.NaN, NEGATIVE_NAN, -1, 2][i % 5]!;
      const out = await run(variant, x);
      const expected = Array.from(x, (_, i) => [0, Number.NaN, Number.NaN, 0, 2][i % 5]);
      // toEqual tells 0 from −0.
      expect(out, `tail of ${tail}`).toEqual(expected);
    }
  },
);

it('positive: 0 for NaN, and nothing else wrong', async () => {
  expect(await run(positive, Float32Array.of(Number.NaN, -0, -3, 4, Infinity))).toEqual([
    0,
    0,
    0,
    4,
    Infinity,
  ]);
});
