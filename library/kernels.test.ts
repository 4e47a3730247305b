/** The plain functions against the references of the zoo, whichever variant they choose. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { createProcessHost } from '../harness/runtimes/process-host.ts';
import { KERNELS } from '../kernels/index.ts';
import { caseName, type Kernel, type Shape } from '../kernels/kernel.ts';
import { compare } from '../kernels/lib/compare.ts';
import { rng } from '../kernels/lib/rng.ts';
import { WORTH_THREADS_NS } from './kernel-function.ts';
import type { QmatvecInput } from './kernels.ts';
import * as entry from './kernels.ts';

type Callable = entry.KernelFunction<unknown, Shape>;
/** `log-softmax`: logSoftmax. */
const exportOf = ({ name }: Kernel) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const OFFERED = KERNELS.filter((kernel) => exportOf(kernel) in entry);
const functionOf = (kernel: Kernel) => (entry as unknown as Record<string, Callable>)[exportOf(kernel)]!;
const variantOf = (kernel: Kernel, name: string) => kernel.variants.find((variant) => variant.name === name)!;

/** docs/method.md says why of each. */
const LEFT_OUT = [
  ...['adamw', 'loss-scale', 'lr-schedule'],
  ...['kv-cache', 'scratch', 'context-window'],
  ...['cdf', 'cdf-search', 'bit-io', 'arithmetic-coder'],
  ...['bpe-encode', 'bpe-train', 'qkv'],
];
/** Functions whose variants with SIMD approximate by design, as their pages and docstrings say. */
const APPROXIMATE = ['qmatvec', 'qmatmul'];

afterEach(async () => {
  vi.restoreAllMocks();
  await entry.release();
});

/** Work enough for threads, for each function that has them. */
const LARGE: Readonly<Record<string, Shape>> = {
  matmul: { M: 128, N: 256, K: 128 },
  matvec: { R: 1100, C: 2000 },
  dot: { N: 1_600_001 },
  'batched-matmul': { B: 12, M: 64, N: 65, K: 64 },
  softmax: { R: 200, C: 1024 },
  'log-softmax': { R: 180, C: 1000 },
  gelu: { N: 200_001 },
  'bias-gelu': { R: 180, C: 1000 },
  tanh: { N: 250_001 },
  sigmoid: { N: 160_001 },
  silu: { N: 160_001 },
  swiglu: { N: 160_001 },
  exp: { N: 160_001 },
  relu: { N: 1_250_001 },
  add: { N: 800_001 },
  'fake-quant': { R: 440, C: 1000, B: 8 },
  rmsnorm: { R: 400, C: 2048 },
  'residual-rmsnorm': { R: 240, C: 2048 },
  layernorm: { R: 512, C: 1000 },
  rope: { T: 350, H: 32, D: 128, layout: 'half' },
  attention: { T: 67, S: 134, H: 9, G: 3, D: 64 },
  'attention-decode': { S: 1024, H: 12, G: 12, D: 64 },
  dequant: { R: 640, C: 2048, quant: 'q4_0' },
  qmatvec: { N: 1800, K: 2048, quant: 'q4_0' },
  qmatmul: { M: 16, N: 256, K: 1024, quant: 'q8_0' },
  quantize: { R: 720, C: 1024, per: 'tensor' },
  'f16-codec': { N: 510_001, op: 'encode' },
  'cross-entropy': { R: 160, C: 1000 },
  'softmax-backward': { R: 600, C: 1000 },
  'gelu-backward': { N: 90_001 },
  'silu-backward': { N: 110_001 },
  'tanh-backward': { N: 200_001 },
  'rmsnorm-backward': { R: 360, C: 1000 },
  'layernorm-backward': { R: 210, C: 1000 },
  'rope-backward': { T: 300, H: 32, D: 128, layout: 'interleaved' },
  'attention-backward': { H: 9, T: 64, D: 32 },
  'embedding-backward': { T: 1024, V: 1024, D: 768 },
  clip: { N: 600_001 },
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
      const { metric, bound } =
        variantOf(kernel, (await call.prepare(shape)).variant).tolerance ?? kernel.tolerance;
      const { value } = compare(Float64Array.from(out), reference, metric, kernel.outputLength?.(shape));
      expect(value, `${caseName(shape)}, ${seed} input`).toBeLessThanOrEqual(bound);
      checked++;
    }
  }
  await host.close();
  return checked;
}

describe('every function is right within the tolerance of the zoo, on each of two inputs', () => {
  for (const kernel of OFFERED) {
    const { ranking } = functionOf(kernel);
    const backends = ranking.map((name) => variantOf(kernel, name).backend);

    it(`${kernel.name}, on one thread`, async () => {
      const ready = await functionOf(kernel).prepare(kernel.cases[0]!.shape);
      expect(variantOf(kernel, ready.variant).backend).toBe('wasm');
      expect(await checkAll(kernel, () => true)).toBeGreaterThan(4);
    });

    it(`${kernel.name}, in an engine without WASM SIMD`, async () => {
      vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
      const ready = await functionOf(kernel).prepare(kernel.cases[0]!.shape);
      expect(ready.variant).toBe(ranking.at(-1));
      expect(await checkAll(kernel, (shape) => kernel.work(shape).flops < 1e6)).toBeGreaterThan(4);
    });

    it.runIf(backends.includes('wasm-threads'))(
      `${kernel.name}, on three threads from much work on`,
      async () => {
        await entry.useThreads(3);
        const call = functionOf(kernel);
        const small = await call.prepare(kernel.cases[0]!.shape);
        expect(variantOf(kernel, small.variant).backend).toBe('wasm');
        const shape = LARGE[kernel.name]!;
        expect((await call.prepare(shape)).variant).toBe('simd-threads');
        expect(await checkAll({ ...kernel, cases: [{ shape, from: 'this test' }] }, () => true)).toBe(2);
      },
    );
  }
});

it('every kernel has a function, or is left out by name', () => {
  const without = KERNELS.filter((kernel) => !OFFERED.includes(kernel)).map(({ name }) => name);
  expect(without.sort()).toEqual([...LEFT_OUT].sort());
});

it('a ranking names variants of the zoo, no approximations but of quantised products, and ends with one that runs everywhere', () => {
  for (const kernel of OFFERED) {
    const ranked = functionOf(kernel).ranking.map((name) => variantOf(kernel, name));
    expect(ranked, kernel.name).not.toContain(undefined);
    expect(ranked.filter(({ exhibit }) => exhibit)).toEqual([]);
    if (!APPROXIMATE.includes(kernel.name))
      expect(ranked.filter(({ approximation }) => approximation)).toEqual([]);
    expect(ranked.at(-1)!.backend).toBe('js');
    expect(ranked.at(-1)!.approximation).toBeUndefined();
  }
});

describe('a ranking is the order that docs/kernels measured', () => {
  /** Within this a time may be another the next day. */
  const ALIKE = 1.1;
  /** Faster there, and no choice here. */
  const PASSED_OVER: Readonly<Record<string, readonly string[]>> = {
    // Measured with one process disturbed; elsewhere 0.8 of the speed of simd.
    matmul: ['simd-mul-add'],
    // Keeps what it dequantised for the input before.
    dequant: ['cached'],
    qmatvec: ['cached'],
  };

  it.each(OFFERED)('$name', (kernel) => {
    const page = readFileSync(join(ROOT, 'docs/kernels', `${kernel.name}.md`), 'utf8');
    // A table for each suite: this one has all variants at one shape.
    const [, measuredThere] = page.split('`npx zoo bench --suite zoo`');
    const times = timesOf(measuredThere!.split('`npx zoo bench --suite')[0]!);
    const { ranking } = functionOf(kernel);
    for (const backend of ['wasm-threads', 'wasm', 'js']) {
      const best = ranking.find((name) => variantOf(kernel, name).backend === backend);
      if (best === undefined) continue;
      for (const { name, exhibit, approximation, backend: other } of kernel.variants) {
        if (other !== backend || exhibit || approximation || PASSED_OVER[kernel.name]?.includes(name))
          continue;
        const [chosen, its] = [times.get(best), times.get(name)];
        if (chosen && its) expect(chosen, `${best} against ${name}`).toBeLessThanOrEqual(its * ALIKE);
      }
    }
    const measured = ranking.flatMap((name) => {
      const time = times.get(name);
      return time === undefined ? [] : [{ name, time }];
    });
    expect(measured.length).toBeGreaterThan(1);
    for (const [i, next] of measured.slice(1).entries()) {
      const { name, time } = measured[i]!;
      // Threads are left out there.
      if (variantOf(kernel, name).backend === 'wasm-threads' && next.time < WORTH_THREADS_NS) continue;
      expect(time, name).toBeLessThanOrEqual(next.time * ALIKE);
    }
  });

  /** Nanoseconds of each variant in the table of a page. */
  function timesOf(table: string): Map<string, number> {
    const unit: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };
    const rows = [...table.matchAll(/^\| [^|]+\| ([\w-]+) +\| +([\d.]+) (ns|µs|ms|s)\b/gm)];
    return new Map(rows.map(([, name, value, of]) => [name!, Number(value) * unit[of!]!]));
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

describe('weights that are kept are left out of each run', () => {
  const shape = { N: 9, K: 64, quant: 'q8_0' } as const;
  const engines: [string, () => void][] = [
    ['with WASM SIMD', () => {}],
    ['without', () => void vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)],
  ];
  it.each(engines)('%s', async (_, set) => {
    set();
    const host = await createProcessHost();
    const make = (seed: string) =>
      KERNELS.find(({ name }) => name === 'qmatvec')!.inputs(shape, rng(seed), host) as Promise<QmatvecInput>;
    const [first, second] = [await make('first'), await make('second')];
    await host.close();
    const ready = await entry.qmatvec.prepare(shape, { blocks: first.blocks });
    const [y, z] = [
      await entry.qmatvec(first, shape),
      await entry.qmatvec({ ...second, blocks: first.blocks }, shape),
    ];
    // What a caller does to its array afterwards changes nothing.
    first.blocks.fill(0);
    expect(ready.run({ x: first.x })).toEqual(y);
    expect(ready.run({ x: second.x })).toEqual(z);
    expect(z).not.toEqual(y);
  });
});

it('integers come as integers', async () => {
  const x = Float32Array.of(1, -2, 65504, 1e-8);
  const codes = await entry.f16Codec({ x }, { N: 4, op: 'encode' });
  expect(codes).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0));
  expect(await entry.f16Codec({ codes: codes as Uint16Array }, { N: 4, op: 'decode' })).toEqual(
    Float32Array.of(1, -2, 65504, 0),
  );
  const logits = Float32Array.of(1, 3, 2);
  const token = await entry.sample({ logits, u: Float64Array.of(0) }, { R: 1, S: 3, mode: 'greedy' });
  expect(token).toEqual(Int32Array.of(1));
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
  const attend = (shape: entry.AttentionShape) => entry.attention({ q: x, k: x, v: x }, shape);
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
    ['matmul: a cannot be kept', () => entry.matmul.prepare({ M: 2, N: 3, K: 3 }, { a: x } as never)],
    [
      'matvec: w has 6 elements, and the shape asks for 9',
      () => entry.matvec.prepare({ R: 3, C: 3 }, { w: x }),
    ],
    [
      'embedding: ids has 3, and there are 3',
      () => entry.embedding({ table: x, ids: Int32Array.of(0, 3) }, { T: 2, D: 2, V: 3, order: 'tokens' }),
    ],
    [
      'cross-entropy: target has -1, and there are 3',
      () => entry.crossEntropy({ x, target: Int32Array.of(0, -1) }, { R: 2, C: 3 }),
    ],
    [
      'embedding-backward: ids has 9, and there are 2',
      () => entry.embeddingBackward({ ids: Int32Array.of(9), g: x }, { T: 1, V: 2, D: 6 }),
    ],
    [
      'sample: row 1 of the logits has NaN',
      () =>
        entry.sample(
          { logits: Float32Array.of(0, 1, 2, Number.NaN), u: new Float64Array(2) },
          { R: 2, S: 2, mode: 'top-p' },
        ),
    ],
    [
      'sample: row 0 of the logits has no finite number',
      () =>
        entry.sample(
          { logits: new Float32Array(2).fill(-Infinity), u: new Float64Array(1) },
          { R: 1, S: 2, mode: 'greedy' },
        ),
    ],
    [
      'sample: u has 1, which',
      () => entry.sample({ logits: x, u: Float64Array.of(1) }, { R: 1, S: 6, mode: 'temperature' }),
    ],
    ['attention: 1 keys for 2 queries', () => attend({ T: 2, S: 1, H: 1, G: 1, D: 3 })],
    ['attention: 3 heads do not divide into 2 groups', () => attend({ T: 1, S: 1, H: 3, G: 2, D: 2 })],
    [
      'einsum: ij.jk.ik needs 3 sizes',
      () => entry.einsum({ a: x, b: x }, { spec: 'ij.jk.ik', sizes: '2x3' }),
    ],
    ['fake-quant: B = 1 is not in 2', () => entry.fakeQuant(x, { R: 1, C: 6, B: 1 })],
    ['quantize: a row of 6 cannot be cut', () => entry.quantize({ x }, { R: 1, C: 6, per: 'row' })],
    ['f16-codec: no op "both"', () => entry.f16Codec({ x }, { N: 6, op: 'both' as never })],
  ];
  for (const [message, call] of wrong) {
    it(message, async () => {
      await expect(call()).rejects.toThrow(message);
    });
  }
});
