/** What rotary embeddings are for (scores that depend on distance only), and that a cached table is really used. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Variant } from '../kernel.ts';
import { normals, rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { LAYOUTS, type RopeInput, type RopeShape, rope } from './index.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { recurrence } from './recurrence.ts';
import { ropeReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { ropeAngle } from './tables.ts';
import { BOUND } from './tolerance.ts';

type AnyVariant = Variant<RopeInput, RopeShape>;
const CPU: readonly AnyVariant[] = [naive, recurrence, blocked, parallel, simd, simdThreads];
const D = 64;

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

async function run(variant: AnyVariant, x: Float32Array, offset: number, shape: RopeShape, inverse = false) {
  const prepared = await variant.prepare({ x, offset, inverse }, shape, host);
  prepared.run();
  const out = Float32Array.from(await prepared.read());
  prepared.dispose();
  return out;
}

it('the bound holds where far positions meet sines near 0: what is left there is the rounding of the angle', async () => {
  // (1, 0) becomes (cos φ, sin φ), for 200 × 128 positions from 100,000 on: sines down to some 1e-6.
  const shape: RopeShape = { T: 128, H: 1, D, layout: 'half' };
  const x = Float32Array.from({ length: shape.T * D }, (_, at) => (at % D < D / 2 ? 1 : 0));
  const worst = { ofScale: 0, ofProducts: 0 };
  for (let offset = 100_000; offset < 100_000 + 200 * shape.T; offset += shape.T) {
    const { values, scale } = ropeReference({ x, offset, inverse: false }, shape);
    const got = await run(recurrence, x, offset, shape);
    for (let at = 0; at < got.length; at++) {
      const off = Math.abs(got[at]! - values[at]!);
      worst.ofScale = Math.max(worst.ofScale, off / scale![at]!);
      worst.ofProducts = Math.max(worst.ofProducts, off / Math.abs(values[at]!));
    }
  }
  expect(worst.ofScale).toBeLessThan(BOUND);
  // Without the angle's part of the scale a right variant would be called wrong.
  expect(worst.ofProducts).toBeGreaterThan(BOUND);
});

const norm = (v: Float32Array): number => Math.hypot(...v);
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

for (const layout of LAYOUTS) {
  const one: RopeShape = { T: 1, H: 1, D, layout };
  describe.each(CPU)(`$name, ${layout}`, (variant) => {
    it('⟨R(q, m), R(k, n)⟩ depends on m − n alone, to 1e-6 of |q| |k|', async () => {
      const random = rng('relative');
      const q = normals(random, D);
      const k = normals(random, D);
      const score = async (m: number, n: number) =>
        dot(await run(variant, q, m, one), await run(variant, k, n, one)) / (norm(q) * norm(k));
      for (const distance of [0, 1, 17, 500]) {
        const atStart = await score(distance, 0);
        for (const n of [3, 1000, 100_000])
          expect(Math.abs((await score(n + distance, n)) - atStart)).toBeLessThan(1e-6);
      }
      // Without this, a variant that ignores positions would pass.
      expect(Math.abs((await score(17, 0)) - (await score(0, 0)))).toBeGreaterThan(1e-2);
    });

    it('turning back gives the input again, to 5.1e-7 of the length of a pair', async () => {
      // Two turns, each 1.8e-7 · (|a cos| + |b sin|), and that sum is at most √2 times the length of the pair.
      const x = normals(rng('inverse'), D);
      const back = await run(variant, await run(variant, x, 1234, one), -1234, one);
      for (let i = 0; i < D / 2; i++) {
        const [first, second] = layout === 'interleaved' ? [2 * i, 2 * i + 1] : [i, i + D / 2];
        const length = Math.hypot(x[first]!, x[second]!);
        expect(Math.abs(back[first]! - x[first]!) / length).toBeLessThan(5.1e-7);
        expect(Math.abs(back[second]! - x[second]!) / length).toBeLessThan(5.1e-7);
      }
    });

    it('the inverse undoes a turn of a sequence, and is what its gradient goes through, to 1e-6', async () => {
      const shape: RopeShape = { T: 5, H: 2, D, layout };
      const random = rng('sequence');
      const x = normals(random, 5 * 2 * D);
      const g = normals(random, 5 * 2 * D);
      const back = await run(variant, await run(variant, x, 77, shape), 77, shape, true);
      for (let i = 0; i < x.length; i++) expect(Math.abs(back[i]! - x[i]!)).toBeLessThan(1e-6 * norm(x));
      // The sum Σ g · R x is linear in x, so that its gradient is Rᵀ g, and Σ g · R x = Σ Rᵀ g · x for every x.
      const forward = dot(g, await run(variant, x, 77, shape));
      const gradient = await run(variant, g, 77, shape, true);
      expect(Math.abs(dot(gradient, x) - forward)).toBeLessThan(1e-6 * norm(g) * norm(x));
      // A backward pass over what was not turned gives g itself.
      expect(Math.abs(dot(g, x) - forward)).toBeGreaterThan(1e-2 * norm(g));
    });

    it('keeps denormals: within 3.01 · 2^-150 of the exact turn', async () => {
      const x = normals(rng('denormal'), D, 1e-40);
      const exact = rope.reference({ x, offset: 7 }, one, rng('unused')).values;
      const out = await run(variant, x, 7, one);
      // Two products and the sum each round to a multiple of 2^-149; the table's error is far below that.
      for (let i = 0; i < D; i++) expect(Math.abs(out[i]! - exact[i]!)).toBeLessThanOrEqual(3.01 * 2 ** -150);
    });
  });

  it(`cached tables give the same bits as recomputed angles, ${layout}`, async () => {
    const shape: RopeShape = { T: 5, H: 3, D, layout };
    const x = normals(rng('bits'), 5 * 3 * D);
    const recomputed = await run(naive, x, 1000, shape);
    expect(await run(blocked, x, 1000, shape)).toEqual(recomputed);
    expect(await run(parallel, x, 1000, shape)).toEqual(recomputed);
    expect(await run(simdThreads, x, 1000, shape)).toEqual(await run(simd, x, 1000, shape));
  });
}

it.each([blocked, simd])('$name: the layouts differ in the order of the elements alone', async (variant) => {
  const x = normals(rng('layouts'), D);
  const half = (v: Float32Array) => v.map((_, k) => v[(k >> 1) + (k & 1) * (D / 2)]!);
  const separate = await run(variant, x, 321, { T: 1, H: 1, D, layout: 'half' });
  const joined = await run(variant, half(x), 321, { T: 1, H: 1, D, layout: 'interleaved' });
  const expected = half(separate);
  for (let k = 0; k < D; k++) expect(Math.abs(joined[k]! - expected[k]!)).toBeLessThan(1e-6);
});

describe('calls of Math.sin and Math.cos in `run`', () => {
  const { sin, cos } = Math;
  let calls = 0;
  const count = (f: (x: number) => number) => (x: number) => {
    calls++;
    return f(x);
  };
  afterEach(() => Object.assign(Math, { sin, cos }));

  const shape: RopeShape = { T: 6, H: 4, D, layout: 'half' };
  const x = normals(rng('calls'), 6 * 4 * D);
  async function callsOf(variant: AnyVariant): Promise<number> {
    const prepared = await variant.prepare({ x, offset: 0 }, shape, host);
    Object.assign(Math, { sin: count(sin), cos: count(cos) });
    calls = 0;
    prepared.run();
    prepared.dispose();
    return calls;
  }

  it('naive: two for every pair of every head', async () => {
    expect(await callsOf(naive)).toBe(6 * 4 * D);
  });
  // Of the threaded variants, the calling thread's part is counted.
  it.each([blocked, parallel, simd, simdThreads])('$name: none', async (variant) => {
    expect(await callsOf(variant)).toBe(0);
  });
});

it('an angle rounded to float32 spoils its cosine by more than 1e-5 at position 2047, and 1e-3 at 100000', () => {
  const worst = (position: number): number => {
    let error = 0;
    for (let i = 0; i < D / 2; i++) {
      const exact = Math.cos(ropeAngle(position, i, D));
      const rounded = Math.cos(Math.fround(position * Math.fround(ropeAngle(1, i, D))));
      error = Math.max(error, Math.abs(rounded - exact));
    }
    return error;
  };
  expect(worst(2047)).toBeGreaterThan(1e-5);
  expect(worst(100_000)).toBeGreaterThan(1e-3);
});

it('refuses an odd head and an unknown layout with one line', () => {
  const shape = { T: 1, H: 1, D: 64, layout: 'half' };
  expect(() => rope.validate!({ ...shape, D: 63 })).toThrow(
    /^rope: D = 63 is odd, and elements turn in pairs$/,
  );
  expect(() => rope.validate!({ ...shape, layout: 'split' })).toThrow(
    /^rope: no layout "split"; there are interleaved and half$/,
  );
});
