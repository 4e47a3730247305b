import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOpcodes } from '../../harness/profile/wasm-opcodes.ts';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Variant } from '../kernel.ts';
import { Arena } from '../lib/arena.ts';
import { compare } from '../lib/compare.ts';
import { rng, uniforms } from '../lib/rng.ts';
import { instantiate } from '../lib/wasm.ts';
import { type MatmulInput, matmul } from './index.ts';
import { matmulReference } from './reference.ts';
import { WORK_BYTES } from './simd.ts';
import { WIDE_BYTES } from './wide.ts';

const module = readFile(new URL('./simd.wasm', import.meta.url)).then((bytes) => WebAssembly.compile(bytes));

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

it('WORK_BYTES and WIDE_BYTES are what the modules say', async () => {
  const wide = await WebAssembly.compile(await readFile(new URL('./wide.wasm', import.meta.url)));
  for (const [compiled, bytes] of [
    [await module, WORK_BYTES],
    [wide, WIDE_BYTES],
  ] as const) {
    const { WORK_BYTES: own } = await instantiate(compiled, new Arena(false).memory);
    expect((own as unknown as WebAssembly.Global).value).toBe(bytes);
  }
});

it('simd-mul-add holds no instruction of relaxed SIMD: it is for engines without', async () => {
  const simd = async (file: string) => {
    const bytes = await readFile(new URL(file, import.meta.url));
    return readOpcodes(bytes, file).flatMap((f) => [...f.simd.keys()]);
  };
  for (const file of ['./mul-add.wasm', './mul-add.shared.wasm']) {
    const names = await simd(file);
    expect(names).toContain('f32x4.mul');
    expect(names.filter((name) => name.includes('relaxed'))).toEqual([]);
  }
  expect(await simd('./simd.wasm')).toContain('f32x4.relaxed_madd');
});

const SHAPES = [
  [1, 1, 1],
  [1, 40, 9],
  [5, 61, 6],
  [6, 7, 400],
  [7, 8, 5],
  [31, 9, 20],
  [40, 1550, 3],
  [9, 140, 30],
  [33, 131, 30],
  [200, 33, 10],
] as const;
for (const [M, N, K] of SHAPES) {
  it(`simd: M=${M},N=${N},K=${K} has the same bits for 1 to 13 threads, and nothing beyond c is written`, async () => {
    const region = new Arena(false).open();
    const random = rng('threads');
    const a = region.f32(uniforms(random, M * K, -1, 1)).ptr;
    const b = region.f32(uniforms(random, K * N, -1, 1)).ptr;
    // c stands in the middle of a longer tensor.
    const guarded = region.f32(M * N + 32);
    const work = region.u8(13 * WORK_BYTES).ptr;
    const { matmul: call } = await instantiate(await module, region.memory);
    const run = (threads: number): Float32Array => {
      guarded.view().fill(Number.NaN);
      for (let thread = 0; thread < threads; thread++) {
        call!(a, b, guarded.ptr + 64, M, N, K, work, thread, threads);
      }
      return guarded.view().slice();
    };
    const alone = run(1);
    expect(alone.findIndex((v) => !Number.isNaN(v))).toBe(16);
    expect(alone.findLastIndex((v) => !Number.isNaN(v))).toBe(15 + M * N);
    expect(alone.subarray(16, 16 + M * N)).not.toContain(Number.NaN);
    // By their bytes: toEqual looks at each number by itself, which takes seconds.
    const bytes = Buffer.from(alone.buffer);
    for (let threads = 2; threads <= 13; threads++) {
      expect(bytes.equals(Buffer.from(run(threads).buffer)), `${threads} threads`).toBe(true);
    }
  });
}

it('every variant of the zoo but webgpu keeps denormal products: absolute error at most K · 2^-150', async () => {
  const shape = { M: 25, N: 17, K: 385 };
  const random = rng('denormals');
  const input = (await matmul.hostile!.denormals!(shape, random, host)) as MatmulInput;
  const { values } = matmulReference(input, shape, random, 1);
  expect(values.every((v) => Math.abs(v) < 2 ** -126)).toBe(true);
  const isExact = ({ backend, exhibit }: Variant) => !['webgpu', 'peer'].includes(backend) && !exhibit;
  for (const variant of matmul.variants.filter(isExact)) {
    const prepared = await variant.prepare(input, shape, host);
    prepared.run();
    const { value } = compare(await prepared.read(), { values }, 'abs');
    prepared.dispose();
    expect(value, variant.name).toBeLessThanOrEqual(shape.K * 2 ** -150);
  }
});

it('variants with counters give the same bits in each call: the last thread sets them back', async () => {
  const shape = { M: 40, N: 300, K: 33 };
  const input = matmul.inputs(shape, rng('counters'), host);
  for (const name of ['simd-tiles-threads', 'simd-split-k-threads']) {
    const variant = matmul.variants.find((v) => v.name === name)!;
    const prepared = await variant.prepare(input, shape, host);
    prepared.run();
    const first = Buffer.from((await prepared.read()).slice().buffer);
    for (let call = 0; call < 20; call++) {
      prepared.poison!(Number.NaN);
      prepared.run();
      expect(Buffer.from((await prepared.read()).slice().buffer).equals(first), `${name}, call ${call}`).toBe(
        true,
      );
    }
    prepared.dispose();
  }
});

it('a sampled reference meets every row and every column, and agrees with dot products in float64', () => {
  const shape = { M: 33, N: 1536, K: 1000 };
  const { M, N, K } = shape;
  const random = rng('sample');
  const a = uniforms(random, M * K, -1, 1);
  const b = uniforms(random, K * N, -1, 1);
  const { values, indices } = matmulReference({ a, b }, shape, random, 1);
  const rows = new Set(Array.from(indices!, (index) => Math.floor(index / N)));
  const columns = new Set(Array.from(indices!, (index) => index % N));
  expect([rows.size, columns.size]).toEqual([M, N]);
  for (let n = 0; n < values.length; n += 97) {
    const i = Math.floor(indices![n]! / N);
    const j = indices![n]! % N;
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[i * K + k]! * b[k * N + j]!;
    expect(values[n]).toBe(sum);
  }
});
