/** What needs no device first; the rest on whatever adapter there is, software too. */
import { describe, expect, it } from 'vitest';
import { onDevice } from '../../../harness/runtimes/gpu-tests.fixture.ts';
import type { GpuBuffers } from '../../../kernels/lib/gpu.ts';
import { MOST_BUFFERS } from '../../lib/gpu/dispatches.ts';
import { configOf } from '../config.ts';
import { emptyCache, generate, step } from '../reference.ts';
import { Gpt2Model, gpt2Of } from '../weights.ts';
import { placeGpt2 } from './buffers.ts';
import { gpt2Passes } from './dispatches.ts';
import { Gpt2Gpu } from './model.ts';
import { linesOf, paddedSizes, sumsAndBiases } from './padding.ts';
import { unfit } from './plan.ts';

/** What WebGPU promises of every adapter. */
const LEAST = {
  maxStorageBufferBindingSize: 1 << 27,
  maxBufferSize: 1 << 28,
  maxStorageBuffersPerShaderStage: 8,
};
const TOKENS = Int32Array.of(7, 36, 0, 31, 7, 9, 12, 20, 3, 3, 25);

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
};

/** The logits behind each of some tokens. */
function referenceOf(model: Gpt2Model, tokens: Int32Array): Float64Array[] {
  const cache = emptyCache(model);
  return Array.from(tokens, (token) => step(model, token, cache));
}

/** A model some of whose tensors are others. */
function changed(model: Gpt2Model, tensors: Partial<Pick<Gpt2Model, 'wte' | 'head'>>): Gpt2Model {
  return Object.assign(Object.create(Gpt2Model.prototype), model, tensors);
}

describe('padding', () => {
  it('leaves models whose rows are multiples of 32 as they are', () => {
    for (const name of ['w-sm-std', 'w-sm-med', 'w-lcm']) {
      const { width, heads } = configOf(name);
      expect(paddedSizes(configOf(name))).toEqual({
        ...{ width, inner: 4 * width, heads, headSize: width / heads, queries: width },
      });
    }
  });

  it('makes rows, and all heads together, multiples of 32', () => {
    expect(paddedSizes(configOf('tiny'))).toEqual({
      ...{ width: 32, inner: 128, heads: 3, headSize: 32, queries: 96 },
    });
  });

  it('has gain and offset of a norm in weights and bias: W·(g∘x + b) + c = (W∘g)·x + (W·b + c)', () => {
    const linear = {
      ...{ rows: 3, columns: 2, bias: Float32Array.of(1, 2, 3) },
      weight: Float32Array.of(1, 2, 3, 4, 5, 6),
    };
    const norm = { w: Float32Array.of(2, 3), b: Float32Array.of(10, 100) };
    const lines = linesOf(linear, { rows: 4, columns: 4, factorOf: (row) => (row === 0 ? 2 : 1) }, norm);
    expect([...lines.weights]).toEqual([4, 12, 0, 0, 6, 12, 0, 0, 10, 18, 0, 0, 0, 0, 0, 0]);
    expect([...lines.bias]).toEqual([422, 432, 653, 0]);
    expect([...sumsAndBiases(lines)]).toEqual([16, 18, 422, 432, 28, 0, 653, 0]);
  });
});

describe('the plan', () => {
  it('is five dispatches a layer and two, none of which binds more than 8 storage buffers or one twice', () => {
    const buffers = { upload: () => ({}), empty: () => ({}) } as unknown as GpuBuffers;
    const model = gpt2Of('w-sm-med');
    const sizes = paddedSizes(model.config);
    const { one, many } = gpt2Passes(model.config, sizes, placeGpt2(model, sizes, buffers, 8, 4));
    expect(one).toHaveLength(5 * 4 + 2);
    // The last layer's keys and values of all tokens.
    expect(many).toHaveLength(5 * 4 + 3);
    for (const { buffers } of [...one, ...many]) {
      expect(buffers.length).toBeLessThanOrEqual(MOST_BUFFERS);
      expect(new Set(buffers.map(([, each]) => each)).size).toBe(buffers.length);
    }
  });

  it('says in one line why an adapter is not enough for a model', () => {
    const config = configOf('w-sm-med');
    const room = { capacity: 128, batch: 32 };
    expect(unfit(config, room, LEAST)).toBeUndefined();
    expect(unfit(config, { ...room, capacity: 1 << 18 }, LEAST)).toBe(
      'the keys of a layer: 256 MiB, more than the 128 MiB of a buffer of the adapter',
    );
    expect(unfit({ ...config, vocabulary: 1 << 20 }, room, LEAST)).toMatch(/^the embedding: 1024 MiB/);
    expect(unfit(config, room, { ...LEAST, maxStorageBuffersPerShaderStage: 4 })).toMatch(
      /binds 4 storage buffers at once, not 8/,
    );
    expect(unfit({ ...config, heads: 1 }, room, LEAST)).toMatch(/^a head of 256 elements is longer/);
  });
});

describe('on the device', () => {
  const gpuIt = onDevice();

  gpuIt(
    'a prompt may come whole, in chunks, or token by token: the logits behind it to 1e-5',
    async (host) => {
      const model = gpt2Of('tiny');
      const want = referenceOf(model, TOKENS);
      const gpt2 = await Gpt2Gpu.load(model, host, { capacity: TOKENS.length, batch: TOKENS.length });
      for (const size of [TOKENS.length, 1, 4, 7]) {
        for (let at = 0; at < TOKENS.length; at += size) {
          const end = Math.min(TOKENS.length, at + size);
          expect(largest(await gpt2.next(TOKENS.subarray(at, end), at), want[end - 1]!)).toBeLessThan(1e-5);
        }
      }
      gpt2.dispose();
    },
  );

  gpuIt(
    'rows whose mean is 1000 times their deviation lose no more than their float32 does',
    async (host) => {
      const tiny = gpt2Of('tiny');
      const model = changed(tiny, { wte: tiny.wte.map((v) => v + 1000) });
      const want = referenceOf(model, TOKENS);
      const gpt2 = await Gpt2Gpu.load(model, host, { capacity: TOKENS.length });
      // An element of 1000 is right to 3e-5; squares of them in float32 would leave nothing of a deviation of 1.
      for (let t = 0; t < TOKENS.length; t++)
        expect(largest(await gpt2.next(TOKENS.subarray(t, t + 1), t), want[t]!)).toBeLessThan(1e-3);
      gpt2.dispose();
    },
  );

  gpuIt('the device chooses the first of equal logits, whichever thread finds it', async (host) => {
    const model = gpt2Of('w-sm-med');
    const { vocabulary, width } = model.config;
    for (const equal of [
      [300, 44],
      [511, 256],
      [0, 255],
    ]) {
      const head = new Float32Array(vocabulary * width);
      for (const row of equal) head.set(model.head.subarray(width, 2 * width), row * width);
      const own = changed(model, { head });
      const prompt = Int32Array.of(5);
      const gpt2 = await Gpt2Gpu.load(own, host, { capacity: 1 });
      const generation = await gpt2.generation(prompt, 1);
      generation.run();
      expect((await generation.read()).at(-1)).toBe(generate(own, prompt, 1).tokens[0]);
      gpt2.dispose();
    }
  });

  gpuIt('a generation may run again, and gives the same, bit for bit', async (host) => {
    const gpt2 = await Gpt2Gpu.load(gpt2Of('tiny'), host, { capacity: 16, batch: 7 });
    const generation = await gpt2.generation(TOKENS.subarray(0, 7), 9);
    generation.run();
    const first = await generation.read();
    generation.poison(Number.NaN);
    generation.run();
    expect(await generation.read()).toEqual(first);
    gpt2.dispose();
  });

  gpuIt('holds no more than it was made for, and says so', async (host) => {
    const gpt2 = await Gpt2Gpu.load(gpt2Of('tiny'), host, { capacity: 4, batch: 4 });
    expect(() => gpt2.run([0], 4)).toThrow('1 tokens at position 4 of a cache for 4');
    expect(() => gpt2.run(TOKENS.subarray(0, 5), 0)).toThrow('a pass of 5 tokens');
    expect(() => gpt2.run([37], 0)).toThrow('token 37 is not in a vocabulary of 37');
    await expect(gpt2.generation(TOKENS.subarray(0, 5), 1)).rejects.toThrow('a pass of 5 tokens');
    await expect(gpt2.generation(TOKENS.subarray(0, 4), 2)).rejects.toThrow(
      '1 tokens at position 4 of a cache for 4',
    );
    gpt2.dispose();
  });
});
