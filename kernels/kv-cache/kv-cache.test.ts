/** What a cache must keep when it is cut back, and what growing it costs. */
import { describe, expect, it } from 'vitest';
import { normals, rng } from '../lib/rng.ts';
import { LAYOUTS } from './index.ts';
import { concatenated } from './naive.ts';
import { KvSlab } from './slab.ts';

const G = 3;
const D = 4;
const ROW = G * D;

describe.each(LAYOUTS)('KvSlab, layout %s', (layout) => {
  const k = normals(rng('k'), 8 * ROW);
  const v = normals(rng('v'), 8 * ROW);
  const filled = (tokens: readonly number[]): KvSlab => {
    const cache = new KvSlab(6, G, D, layout);
    for (const t of tokens) cache.append(k, v, t * ROW);
    return cache;
  };

  it('after a rollback is what it would be had the tokens never been appended', () => {
    const cache = filled([0, 1, 2, 3, 4]);
    cache.truncate(2);
    for (const t of [5, 6, 7, 3]) cache.append(k, v, t * ROW);
    const straight = filled([0, 1, 5, 6, 7, 3]);
    expect(cache.k).toEqual(straight.k);
    expect(cache.v).toEqual(straight.v);
    expect(cache.length).toBe(6);
  });

  it('cleared, it begins again at its first token', () => {
    const cache = filled([0, 1, 2]);
    cache.clear();
    cache.append(k, v, 7 * ROW);
    expect(cache.length).toBe(1);
    expect(Array.from(cache.k.subarray(0, D))).toEqual(Array.from(k.subarray(7 * ROW, 7 * ROW + D)));
  });

  it('refuses a token too many, and a cut to more than it holds, and stays as it was', () => {
    const cache = filled([0, 1, 2, 3, 4, 5]);
    const before = cache.k.slice();
    expect(() => cache.append(k, v, 0)).toThrow('the cache holds 6 tokens and is full');
    for (const length of [7, -1, 1.5, Number.NaN])
      expect(() => cache.truncate(length)).toThrow(`a cache of 6 tokens cannot be cut to ${length}`);
    expect(cache.k).toEqual(before);
    expect(cache.length).toBe(6);
  });

  it('holds the same bytes from the first token on; concatenation writes T (T + 1) / 2 tokens where it writes T', () => {
    const T = 6;
    const shape = { T, G, D, layout };
    let cache = new Float32Array(0);
    let written = 0;
    for (let t = 0; t < T; t++) {
      cache = concatenated(cache, t, k.subarray(t * ROW, (t + 1) * ROW), shape) as typeof cache;
      written += cache.length;
    }
    expect(written).toBe(((T * (T + 1)) / 2) * ROW);
    const slab = filled([0, 1, 2, 3, 4, 5]);
    expect(slab.k).toEqual(cache);
    expect(filled([0]).bytes).toBe(slab.bytes);
  });
});

it('a GPT of 470,528 float32 parameters with 2 layers, 4 heads of 32 and 64 tokens caches 7 % of its own size', () => {
  const bytes = 2 * new KvSlab(64, 4, 32, 'token').bytes;
  expect(bytes).toBe(128 * 1024);
  expect(bytes / (470_528 * 4)).toBeCloseTo(0.07, 3);
});
