/** What one pass loses where the mean is large, and what the mean is worth: LayerNorm beside RMSNorm. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Variant } from '../kernel.ts';
import { normals, rng } from '../lib/rng.ts';
import type { RowsShape } from '../lib/rows.ts';
import { rmsnormRows } from '../rmsnorm/blocked.ts';
import { rmsnorm } from '../rmsnorm/index.ts';
import { blocked } from './blocked.ts';
import { EPSILON } from './constants.ts';
import { type LayernormInput, layernorm } from './index.ts';
import { naive } from './naive.ts';
import { simd } from './simd.ts';
import { simdSums } from './simd-sums.ts';
import { simdTwoPass } from './simd-two-pass.ts';
import { sums } from './sums.ts';
import { webgpu } from './webgpu.ts';
import { welford } from './welford.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 1, gpu: true });
});
afterAll(() => host.close());

const SHAPE = { R: 8, C: 768 };
const plain = (x: Float32Array): LayernormInput => ({
  x,
  w: new Float32Array(SHAPE.C).fill(1),
  b: new Float32Array(SHAPE.C),
});

async function run(variant: Variant<LayernormInput, RowsShape>, input: LayernormInput): Promise<number[]> {
  const prepared = await variant.prepare(input, SHAPE, host);
  prepared.run();
  const out = Array.from(await prepared.read());
  prepared.dispose();
  return out;
}

/** Deviation of the first row: 1 for a layer norm without gain and offset. */
const deviation = (out: readonly number[]) =>
  Math.sqrt(out.slice(0, SHAPE.C).reduce((sum, v) => sum + v * v, 0) / SHAPE.C);

describe('the deviation of a row with deviation 1 around 1e4', () => {
  const input = plain(normals(rng('offset'), SHAPE.R * SHAPE.C).map((v) => v + 1e4));

  it.each([naive, sums, welford, blocked, simdTwoPass, simd])('$name: is 1 within 1e-5', async (variant) => {
    expect(Math.abs(deviation(await run(variant, input)) - 1)).toBeLessThan(1e-5);
  });
  it('webgpu: is 1 within 1e-5', async ({ skip }) => {
    if (!('device' in host.gpu)) return skip();
    expect(Math.abs(deviation(await run(webgpu, input)) - 1)).toBeLessThan(1e-5);
  });
  it('simd-sums: in no row within 10 %, or NaN', async () => {
    const out = await run(simdSums, input);
    for (let r = 0; r < SHAPE.R; r++) {
      const found = deviation(out.slice(r * SHAPE.C));
      expect(Math.abs(found - 1) < 0.1, `row ${r}: ${found}`).toBe(false);
    }
  });
});

it('where the mean of a row is 0, RMSNorm is the same; where it is 1, it differs by up to 1 and more', () => {
  const x = normals(rng('rows'), SHAPE.R * SHAPE.C);
  for (let r = 0; r < SHAPE.R; r++) {
    const row = x.subarray(r * SHAPE.C, (r + 1) * SHAPE.C);
    const mean = row.reduce((sum, v) => sum + v, 0) / SHAPE.C;
    for (let c = 0; c < SHAPE.C; c++) row[c]! -= mean;
  }
  const difference = (input: LayernormInput) => {
    const out = new Float32Array(x.length);
    rmsnormRows(input.x, input.w, out, SHAPE.C, EPSILON, 0, SHAPE.R);
    const { values } = layernorm.reference(input, SHAPE, rng(''));
    return values.reduce((most, v, i) => Math.max(most, Math.abs(v - out[i]!)), 0);
  };
  expect(difference(plain(x))).toBeLessThan(1e-6);
  expect(difference(plain(x.map((v) => v + 1)))).toBeGreaterThan(1);
});

it('RMSNorm has half the operations', () => {
  expect(layernorm.work(SHAPE).flops).toBe(2 * rmsnorm.work(SHAPE).flops);
});
