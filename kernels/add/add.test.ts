/** What the output's values do not say: which loops may write to their own input, and what a call allocates. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { normals, rng } from '../lib/rng.ts';
import { compile, instantiate } from '../lib/wasm.ts';
import { addFresh } from './fresh.ts';
import { addInto } from './naive.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 1 });
});
afterAll(() => host.close());

/** Tails of 0 to 7 behind whole turns of 16. */
const LENGTHS = [32, 33, 34, 35, 36, 37, 38, 39];

describe('in place', () => {
  for (const N of LENGTHS) {
    const a = normals(rng('a'), N);
    const b = normals(rng('b'), N);
    const sum = a.map((v, i) => v + b[i]!);

    it(`JavaScript, N = ${N}: out may be a, b, or both`, () => {
      const overA = a.slice();
      addInto(overA, b, overA, 0, N);
      expect(overA).toEqual(sum);
      const overB = b.slice();
      addInto(a, overB, overB, 0, N);
      expect(overB).toEqual(sum);
      const doubled = a.slice();
      addInto(doubled, doubled, doubled, 0, N);
      expect(doubled).toEqual(a.map((v) => 2 * v));
    });

    it(`WASM, N = ${N}: out may be a or b`, async () => {
      const region = host.arena(false).open();
      const url = new URL('./simd.wasm', import.meta.url);
      const { add } = await instantiate(await compile(host, url, false), region.memory);
      const x = region.f32(a);
      const y = region.f32(b);
      add!(x.ptr, y.ptr, x.ptr, N, 0, 1);
      expect(x.view().slice()).toEqual(sum);
      x.view().set(a);
      add!(x.ptr, y.ptr, y.ptr, N, 0, 1);
      expect(y.view().slice()).toEqual(sum);
      region.close();
    });
  }
});

it('fresh: another array at each call, float32 like its inputs and no wider', () => {
  const a = Float32Array.of(1, 2);
  const first = addFresh(a, a);
  expect(addFresh(a, a)).not.toBe(first);
  expect(first.byteLength).toBe(8);
});

it('24.03 "GB/s" for 10 million additions in 4.651 ms are GiB: 25.80 GB/s', () => {
  const bytes = 12 * 10e6;
  expect(bytes / 4.651e-3 / 2 ** 30).toBeCloseTo(24.03, 1);
  expect(bytes / 4.651e-3 / 1e9).toBeCloseTo(25.8, 1);
});
