/** The plain functions against the references of the zoo, whichever variant they choose. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProcessHost } from '../harness/runtimes/process-host.ts';
import { KERNELS } from '../kernels/index.ts';
import { caseName, type Kernel, type Shape } from '../kernels/kernel.ts';
import { compare } from '../kernels/lib/compare.ts';
import { rng } from '../kernels/lib/rng.ts';
import * as entry from './kernels.ts';

type Callable = entry.KernelFunction<unknown, Shape>;
const OFFERED = KERNELS.filter(({ name }) => name in entry);
const functionOf = (kernel: Kernel) => (entry as unknown as Record<string, Callable>)[kernel.name]!;

afterEach(async () => {
  vi.restoreAllMocks();
  await entry.release();
});

const LARGE: Readonly<Record<string, Shape>> = {
  matmul: { M: 128, N: 256, K: 128 },
  softmax: { R: 200, C: 1024 },
  gelu: { N: 200_001 },
  tanh: { N: 250_001 },
  rmsnorm: { R: 400, C: 2048 },
  rope: { T: 350, H: 32, D: 128, layout: 'half' },
  dequant: { R: 640, C: 2048, quant: 'q4_0' },
};

/** Two inputs one after the other, so that the second finds what the first has left. */
async function checkAll(kernel: Kernel, isFor: (shape: Shape) => boolean): Promise<number> {
  const host = await createProcessHost();
  const call = functionOf(kernel);
  let checked = 0;
  for (const { shape, slow } of kernel.cases) {
    if (slow || !isFor(shape) || kernel.work(shape).flops > 5e7) continue;
    for (const seed of ['first', 'second']) {
      const input = await kernel.inputs(shape, rng(seed), host);
      const out = await call(input, shape);
      const reference = kernel.reference(input, shape, rng('sample'));
      const { value } = compare(out, reference, kernel.tolerance.metric, kernel.outputLength?.(shape));
      expect(value, `${caseName(shape)}, ${seed} input`).toBeLessThanOrEqual(kernel.tolerance.bound);
      checked++;
    }
  }
  await host.close();
  return checked;
}

describe('every kernel has a function that is right within the tolerance of the zoo, on each of two inputs', () => {
  for (const kernel of OFFERED) {
    it(`${kernel.name}, on one thread`, async () => {
      expect(await checkAll(kernel, () => true)).toBeGreaterThan(4);
    });

    it(`${kernel.name}, in an engine without WASM SIMD`, async () => {
      vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
      const ready = await functionOf(kernel).prepare(kernel.cases[0]!.shape);
      expect(['blocked', 'polynomial']).toContain(ready.variant);
      expect(await checkAll(kernel, (shape) => kernel.work(shape).flops < 1e6)).toBeGreaterThan(4);
    });

    it(`${kernel.name}, on three threads from much work on`, async () => {
      await entry.useThreads(3);
      const call = functionOf(kernel);
      expect((await call.prepare(kernel.cases[0]!.shape)).variant).toBe('simd');
      const shape = LARGE[kernel.name]!;
      expect((await call.prepare(shape)).variant).toBe('simd-threads');
      expect(await checkAll({ ...kernel, cases: [{ shape, from: 'this test' }] }, () => true)).toBe(2);
    });
  }
});

it('a ranking names variants of the zoo that are no approximations, and ends with one that runs everywhere', () => {
  for (const kernel of OFFERED) {
    const ranked = functionOf(kernel).ranking.map(
      (name) => kernel.variants.find((variant) => variant.name === name)!,
    );
    expect(ranked, kernel.name).not.toContain(undefined);
    expect(ranked.filter(({ approximation }) => approximation)).toEqual([]);
    expect(ranked.at(-1)!.backend).toBe('js');
  }
});

it('calls that are made at once do not disturb each other: 40 shapes, two inputs each, more than are kept', async () => {
  const shapes = Array.from({ length: 40 }, (_, i) => ({ N: i + 1 }));
  const outputs = await Promise.all(
    shapes.flatMap((shape) => [0.5, -2].map((x) => entry.tanh(new Float32Array(shape.N).fill(x), shape))),
  );
  for (const [i, out] of outputs.entries()) {
    expect(out.length).toBe((i >> 1) + 1);
    for (const y of out) expect(y).toBeCloseTo(Math.tanh(i % 2 === 0 ? 0.5 : -2), 6);
  }
});

it('a prepared shape runs without waiting until it is disposed or all is released', async () => {
  const shape = { M: 2, N: 2, K: 2 };
  const first = await entry.matmul.prepare(shape);
  expect(first.variant).toBe('simd');
  const a = Float32Array.of(1, 2, 3, 4);
  const identity = Float32Array.of(1, 0, 0, 1);
  expect(first.run({ a, b: identity })).toEqual(a);
  expect(first.run({ a: identity, b: a })).toEqual(a);
  first.dispose();
  expect(() => first.run({ a, b: a })).toThrow('matmul: run after dispose');
  const second = await entry.matmul.prepare(shape);
  await entry.release();
  expect(() => second.run({ a, b: a })).toThrow('matmul: run after release');
  expect(await entry.matmul({ a, b: identity }, shape)).toEqual(a);
});

it('release waits for calls that were made before it', async () => {
  await entry.useThreads(2);
  const shape = { N: 262_144 };
  const call = entry.gelu(new Float32Array(shape.N), shape);
  await entry.release();
  expect((await call).every((y) => y === 0)).toBe(true);
});

describe('what is wrong is said in one line', () => {
  const x = new Float32Array(6);
  const wrong: [string, () => Promise<unknown>][] = [
    ['matmul: M = 0 is no positive integer', () => entry.matmul({ a: x, b: x }, { M: 0, N: 2, K: 3 })],
    [
      'matmul: b has 6 elements, and the shape asks for 9',
      () => entry.matmul({ a: x, b: x }, { M: 2, N: 3, K: 3 }),
    ],
    ['softmax: the input is no typed array', () => entry.softmax([1, 2] as never, { R: 1, C: 2 })],
    ['rope: D = 3 is odd', () => entry.rope({ x, offset: 0 }, { T: 1, H: 2, D: 3, layout: 'half' })],
    [
      'dequant: unknown quant "q9_9"',
      () => entry.dequant({ blocks: new Uint8Array(34) }, { R: 1, C: 32, quant: 'q9_9' as never }),
    ],
    ['useThreads: 0 is no number', () => entry.useThreads(0)],
  ];
  for (const [message, call] of wrong) {
    it(message, async () => {
      await expect(call()).rejects.toThrow(message);
    });
  }
});
