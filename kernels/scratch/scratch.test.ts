/** What results do not show: how much is allocated, that live arrays never overlap, and which calls may write to their input. */
import { describe, expect, it } from 'vitest';
import { normals, rng } from '../lib/rng.ts';
import { bumpArena } from './arena.ts';
import { layersFused } from './fused.ts';
import { layersInPlace } from './in-place.ts';
import { add, LAYERS, type Memory, multiply, relu, runLayers } from './layers.ts';
import { withoutReturn } from './leak.ts';
import { FRESH } from './naive.ts';
import { sizeClasses } from './size-classes.ts';

const input = (N: number) => {
  const random = rng(`scratch ${N}`);
  return { x: normals(random, N), w: normals(random, N), b: normals(random, N) };
};

/** `memory`, which counts buffers that it has not given out before, and checks that nothing rented overlaps; what comes back is spoilt. */
function watched(memory: Memory): Memory & { buffers: Set<ArrayBufferLike>; most: number } {
  const live = new Set<Float32Array>();
  const overlap = (a: Float32Array, b: Float32Array) =>
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength;
  const watch = {
    buffers: new Set<ArrayBufferLike>(),
    most: 0,
    rent(n: number) {
      const array = memory.rent(n);
      for (const other of live) expect(overlap(array, other)).toBe(false);
      live.add(array);
      watch.buffers.add(array.buffer);
      watch.most = Math.max(watch.most, live.size);
      return array;
    },
    giveBack(array: Float32Array) {
      expect(live.delete(array), 'what is given back was rented').toBe(true);
      array.fill(Number.NaN);
      memory.giveBack(array);
    },
  };
  return watch;
}

/** Distinct buffers that `calls` calls get. */
function buffersOf(memory: Memory, N: number, calls: number): number {
  const watch = watched(memory);
  const expected = new Float32Array(N);
  layersFused(input(N), expected);
  for (let call = 0; call < calls; call++) {
    const out = new Float32Array(N);
    runLayers(input(N), out, watch);
    // Fused in float64, so that the last digit may differ; a NaN of a spoilt array would not be within it.
    for (let i = 0; i < N; i++) expect(Math.abs(out[i]! - expected[i]!)).toBeLessThan(1e-4);
  }
  return watch.buffers.size;
}

describe('buffers of 10 calls of 16 results each; none overlaps one that is in use, and none is read after it was given back', () => {
  it.each([4096, 4416])('N = %i, fresh: 160', (N) => expect(buffersOf(FRESH, N, 10)).toBe(160));
  it.each([4096, 4416])('N = %i, pool: 3', (N) => expect(buffersOf(sizeClasses(), N, 10)).toBe(3));
  it('N = 4096, buckets up to 4096: 3', () => expect(buffersOf(sizeClasses(4096, 128), 4096, 10)).toBe(3));
  it('N = 4416, buckets up to 4096: 160', () =>
    expect(buffersOf(sizeClasses(4096, 128), 4416, 10)).toBe(160));
  it('N = 4416, rented and never given back: 160', () =>
    expect(buffersOf(withoutReturn(sizeClasses()), 4416, 10)).toBe(160));
});

it('pool: another length of the same class takes what the first left', () => {
  const memory = sizeClasses();
  const first = memory.rent(4000);
  memory.giveBack(first);
  expect(memory.free(3000)).toBe(1);
  const second = memory.rent(3000);
  expect(second).toHaveLength(3000);
  expect(second.buffer).toBe(first.buffer);
  expect(memory.free(3000)).toBe(0);
});

describe('arena', () => {
  it('gives the same views again after a reset, and none that overlap', () => {
    const memory = bumpArena(48);
    const a = memory.rent(17);
    const b = memory.rent(16);
    expect(b.byteOffset).toBe(128);
    memory.reset();
    expect(memory.rent(17)).toBe(a);
    expect(memory.rent(16)).toBe(b);
  });
  it('throws when it is full', () => {
    expect(() => bumpArena(16).rent(17)).toThrow(RangeError);
  });
});

describe('in place', () => {
  it.each([1, 7, 64])('N = %i: every operation may write to its own input', (N) => {
    const { x, w } = input(N);
    for (const operation of [multiply, add]) {
      const expected = new Float32Array(N);
      operation(x, w, expected);
      const overFirst = x.slice();
      operation(overFirst, w, overFirst);
      expect(overFirst).toEqual(expected);
      const overSecond = w.slice();
      operation(x, overSecond, overSecond);
      expect(overSecond).toEqual(expected);
    }
    const positive = x.slice();
    relu(positive, positive);
    expect(positive).toEqual(x.map((v) => Math.max(v, 0)));
  });
  it(`${LAYERS} layers over their own input give what they give beside it`, () => {
    const given = input(33);
    const out = new Float32Array(33);
    layersInPlace(given, out, new Float32Array(33));
    const over = given.x.slice();
    layersInPlace({ ...given, x: over }, over, new Float32Array(33));
    expect(over).toEqual(out);
  });
});
