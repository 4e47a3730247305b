import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { Arena } from './arena.ts';
import { compare, ulp32 } from './compare.ts';
import { MARK_MODULE, type Mark } from './pool.fixture.ts';
import { rng } from './rng.ts';

const f64 = (...values: number[]) => ({ values: Float64Array.from(values) });
const f32 = (...values: number[]) => Float32Array.from(values);

describe('compare', () => {
  it('counts a NaN that is not expected, and a number where NaN is expected, as an infinite error', () => {
    for (const metric of ['abs', 'rel', 'ulp', 'nmse'] as const) {
      expect(compare(f32(1, Number.NaN), f64(1, 2), metric).value).toBe(Number.POSITIVE_INFINITY);
      expect(compare(f32(1, 2), f64(1, Number.NaN), metric).value).toBe(Number.POSITIVE_INFINITY);
      expect(compare(f32(1, Number.NaN), f64(1, Number.NaN), metric).value).toBe(0);
    }
  });

  it('lets a matching Infinity pass without hiding the error of another element', () => {
    const infinity = Number.POSITIVE_INFINITY;
    for (const metric of ['abs', 'rel', 'nmse'] as const) {
      expect(compare(f32(infinity, 1), f64(infinity, 1), metric).value).toBe(0);
      expect(compare(f32(infinity, 2), f64(infinity, 1), metric).value).toBe(1);
    }
    expect(compare(f32(-infinity), f64(infinity), 'abs').value).toBe(infinity);
  });

  it('says where the worst element is, also in a sample', () => {
    const sample = { values: Float64Array.of(1, 5), indices: Uint32Array.of(3, 1) };
    expect(compare(f32(0, 7, 0, 1), sample, 'abs', 4)).toEqual({ value: 2, index: 1, got: 7, expected: 5 });
  });

  it('fails an output of the wrong length', () => {
    expect(compare(f32(1), f64(1, 2), 'abs')).toMatchObject({ value: Number.POSITIVE_INFINITY, index: -1 });
  });

  it('takes an error relative to a reference of 0 as infinite, and none as none', () => {
    expect(compare(f32(1e-30), f64(0), 'rel').value).toBe(Number.POSITIVE_INFINITY);
    expect(compare(f32(0), f64(0), 'rel').value).toBe(0);
  });

  it('measures ULP of float32 on both sides of a power of two and for denormals', () => {
    expect(ulp32(1)).toBe(2 ** -23);
    expect(ulp32(Math.fround(1 - 2 ** -24))).toBe(2 ** -24);
    expect(ulp32(-4)).toBe(2 ** -21);
    expect(ulp32(1e-40)).toBe(2 ** -149);
    expect(compare(f32(1 + 2 ** -22), f64(1), 'ulp').value).toBe(2);
  });

  it('computes NMSE over the whole output', () => {
    expect(compare(f32(1, 2, 3), f64(1, 2, 4), 'nmse').value).toBeCloseTo(1 / 21, 15);
  });
});

describe('rng', () => {
  it('repeats for a seed, and differs between seeds and forks', () => {
    const draw = (seed: string) => Array.from({ length: 4 }, () => rng(seed).fork('a').uniform());
    expect(draw('x')).toEqual(draw('x'));
    expect(draw('x')).not.toEqual(draw('y'));
    expect(rng('x').fork('a').uniform()).not.toBe(rng('x').fork('b').uniform());
  });

  it('has mean 0 ± 0.01 and variance 1 ± 0.02 over 100,000 normals', () => {
    const random = rng('moments');
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 1e5; i++) {
      const x = random.normal();
      sum += x;
      squares += x * x;
    }
    expect(Math.abs(sum / 1e5)).toBeLessThan(0.01);
    expect(Math.abs(squares / 1e5 - 1)).toBeLessThan(0.02);
  });
});

describe('arena', () => {
  it('aligns to 64 bytes, poisons what is not given, and uses closed regions again', () => {
    const arena = new Arena(false);
    const first = arena.open();
    const a = first.f32([1, 2, 3]);
    const b = first.f32(5);
    expect([a.ptr % 64, b.ptr % 64]).toEqual([0, 0]);
    expect([...a.view()]).toEqual([1, 2, 3]);
    expect([...b.view()].every(Number.isNaN)).toBe(true);
    first.close();
    const second = arena.open();
    expect(second.f32(1).ptr).toBe(a.ptr);
  });

  it('keeps an open region when an older one is closed, and survives growth', () => {
    const arena = new Arena(false);
    const older = arena.open();
    older.f32(4);
    const newer = arena.open();
    const kept = newer.f32([42]);
    older.close();
    const big = newer.f32(1 << 20);
    expect(kept.view()[0]).toBe(42);
    expect(big.ptr).toBeGreaterThan(kept.ptr);
    expect(() => older.f32(1)).toThrow(/latest open region/);
  });
});

describe('pool', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await createProcessHost({ threads: 4 });
  });
  afterAll(() => host.close());

  for (const items of [0, 1, 3, 4, 5, 1001]) {
    it(`works on each of ${items} items once a run, over 4 threads and 50 runs`, async () => {
      const seen = new Int32Array(new SharedArrayBuffer(4 * items));
      const task = await (await host.pool()).task<Mark>({
        module: MARK_MODULE,
        make: 'markTask',
        data: { seen },
      });
      for (let i = 0; i < 50; i++) task.run();
      expect([...seen].every((count) => count === 50)).toBe(true);
      task.dispose();
    });
  }

  it('throws what a worker threw, and goes on working', async () => {
    const pool = await host.pool();
    const data = { seen: new Int32Array(new SharedArrayBuffer(16)), failOn: 2 };
    const bad = await pool.task<Mark>({ module: MARK_MODULE, make: 'markTask', data });
    expect(() => bad.run()).toThrow(/thread 2 fails/);
    const good = await pool.task<Mark>({ module: MARK_MODULE, make: 'markTask', data: { seen: data.seen } });
    good.run();
    expect(data.seen[3]).toBeGreaterThan(0);
  });

  it('refuses a task whose module or export does not exist', async () => {
    const pool = await host.pool();
    await expect(pool.task({ module: MARK_MODULE, make: 'noSuchTask', data: {} })).rejects.toThrow(
      /no export "noSuchTask"/,
    );
  });
});

it('an arena tells of a write behind a tensor and at address 0, and forgets regions that are closed', () => {
  const arena = new Arena(false);
  const region = arena.open();
  const x = region.f32([1, 2, 3]);
  x.view().fill(5);
  expect(arena.damage()).toBeUndefined();
  new Float32Array(arena.memory.buffer, x.ptr, 5)[4] = 0;
  expect(arena.damage()).toBe('writes past an array: WASM memory 8 bytes behind a tensor');
  region.close();
  expect(arena.damage()).toBeUndefined();
  new Uint8Array(arena.memory.buffer)[3] = 1;
  expect(arena.damage()).toBe('writes past an array: WASM memory at address 0');
});
