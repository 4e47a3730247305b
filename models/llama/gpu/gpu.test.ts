/** What needs no device first; the rest on whatever adapter there is, software too. */
import { describe, expect, it } from 'vitest';
import { onDevice } from '../../../harness/runtimes/gpu-tests.fixture.ts';
import { rng } from '../../../kernels/lib/rng.ts';
import type { GgufValue } from '../../gguf/format.ts';
import { type GgmlType, tensorBytes } from '../../gguf/types.ts';
import { randomWeights } from '../../gguf/weights.ts';
import type { GgufContent } from '../../gguf/writer.ts';
import { tensorsOf } from '../config.ts';
import { openPreset, presetSizes } from '../presets.ts';
import { forward } from '../reference.ts';
import { type LlamaWeights, tensorsIn, weightsOf } from '../weights.ts';
import type { Matrix, ModelBuffers } from './buffers.ts';
import { llamaPasses } from './dispatches.ts';
import { LlamaGpu } from './model.ts';
import { layerStacks, type Stack, stackBytes, unfit, vocabularyStack } from './plan.ts';

/** What WebGPU promises of every adapter. */
const LEAST = {
  maxStorageBufferBindingSize: 1 << 27,
  maxBufferSize: 1 << 28,
  maxStorageBuffersPerShaderStage: 8,
};
const TOKENS = Int32Array.of(7, 250, 0, 257, 31, 7, 90, 12, 200, 3, 3);

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
};

describe('the plan', () => {
  const smol = presetSizes({ model: 'smollm2-135m', quant: 'q8_0' });

  it('holds every matrix once, in the bytes of its file', () => {
    const { config, types } = smol;
    const stacks = Array.from({ length: config.layers }, (_, l) => layerStacks(config, types, l)).flatMap(
      ({ attend, output, gated, down }): Stack[] => [...attend, output, gated, down],
    );
    const names = [vocabularyStack(config, types, 'token_embd.weight'), ...stacks].flatMap((s) => s.tensors);
    const matrices = tensorsOf(config, true).filter(([, dims]) => dims.length === 2);
    expect(names.toSorted()).toEqual(matrices.map(([name]) => name).toSorted());
    const inLayers = matrices.slice(1).reduce((sum, [, dims]) => sum + tensorBytes('q8_0', dims), 0);
    expect(stacks.reduce((sum, stack) => sum + stackBytes(stack), 0)).toBe(inLayers);
  });

  it('cuts queries, keys and values where the format changes; a gate of another format than its like is float32', () => {
    const types = new Map(smol.types);
    types.set('blk.0.attn_v.weight', 'q6_k').set('blk.0.ffn_up.weight', 'q4_0');
    const { attend, gated } = layerStacks(smol.config, types, 0);
    expect(attend.map(({ type, first, rows }) => [type, first, rows])).toEqual([
      ['q8_0', 0, 576 + 192],
      ['q6_k', 768, 192],
    ]);
    expect(gated).toMatchObject({ type: 'f32', rows: 2 * 1536, inTurns: true });
    expect(layerStacks(smol.config, types, 1).attend).toHaveLength(1);
  });

  it('is five dispatches a layer and two, none of which binds more than 8 storage buffers or one twice', () => {
    const { config, types } = smol;
    const buffer = () => ({}) as GPUBuffer;
    const matrix = <S extends Stack>(stack: S): Matrix<S> => ({ ...stack, buffer: buffer() });
    const embedding = matrix(vocabularyStack(config, types, 'token_embd.weight'));
    const layers = Array.from({ length: config.layers }, (_, l) => {
      const { attend, output, gated, down } = layerStacks(config, types, l);
      return {
        ...{ attentionNorm: buffer(), ffnNorm: buffer(), keys: buffer(), values: buffer() },
        ...{ attend: attend.map(matrix), output: matrix(output), gated: matrix(gated), down: matrix(down) },
      };
    });
    const model: ModelBuffers = {
      ...{ embedding, head: embedding, outputNorm: buffer(), layers, batch: buffer(), seen: buffer() },
      ...{
        angles: buffer(),
        x: buffer(),
        q: buffer(),
        attended: buffer(),
        gated: buffer(),
        logits: buffer(),
      },
    };
    const { one, many } = llamaPasses(config, model);
    expect(one).toHaveLength(5 * 30 + 2);
    // The last layer's keys and values of all tokens.
    expect(many).toHaveLength(5 * 30 + 3);
    for (const { buffers } of [...one, ...many]) {
      expect(buffers.length).toBeLessThanOrEqual(LEAST.maxStorageBuffersPerShaderStage);
      expect(new Set(buffers.map(([, each]) => each)).size).toBe(buffers.length);
    }
  });

  it('says in one line why an adapter is not enough for a model', () => {
    const room = { capacity: 2048, batch: 1 };
    expect(unfit({ ...smol, ...room }, LEAST)).toBeUndefined();
    const large = presetSizes({ model: 'tinyllama-1.1b', quant: 'f32' });
    expect(unfit({ ...large, ...room }, LEAST)).toBe(
      'token_embd.weight: 250 MiB, more than the 128 MiB of a buffer of the adapter',
    );
    expect(unfit({ ...smol, ...room, batch: 1 << 15 }, LEAST)).toMatch(/^the activations: 192 MiB/);
    expect(unfit({ ...smol, ...room, capacity: 1 << 18 }, LEAST)).toMatch(/^the keys of a layer: 192 MiB/);
    expect(unfit({ ...smol, ...room }, { ...LEAST, maxStorageBuffersPerShaderStage: 4 })).toMatch(
      /binds 4 storage buffers at once, not 8/,
    );
    const config = { ...smol.config, headSize: 256 };
    expect(unfit({ ...smol, ...room, config, batch: 2 }, LEAST)).toMatch(/^a head of 256 elements is longer/);
    const narrow = { ...smol.config, width: 40 };
    expect(unfit({ ...smol, ...room, config: narrow }, LEAST)).toMatch(/^its rows of 40 weights/);
  });
});

describe('on the device', () => {
  const gpuIt = onDevice();

  gpuIt('a cache gives the logits of every step that recomputing everything gives, to 1e-5', async (host) => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const tensors = await tensorsIn(weights);
    const model = await LlamaGpu.load(weights, host, { capacity: TOKENS.length });
    for (let t = 0; t < TOKENS.length; t++) {
      model.run(TOKENS.subarray(t, t + 1), t);
      const { logits } = forward(tensors, TOKENS.subarray(0, t + 1));
      expect(largest(await model.logits(), logits)).toBeLessThan(1e-5);
    }
    model.dispose();
  });

  gpuIt('a prompt may come whole, in chunks, or token by token, to 1e-5', async (host) => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const model = await LlamaGpu.load(weights, host, { capacity: 16, batch: 16 });
    const outputs = [];
    for (const size of [TOKENS.length, 1, 4, 7]) {
      model.poison(Number.NaN, 1, 16);
      for (let at = 0; at < TOKENS.length; at += size) model.run(TOKENS.subarray(at, at + size), at);
      outputs.push(await model.read(1, TOKENS.length));
    }
    for (const output of outputs) expect(largest(output, outputs[0]!)).toBeLessThan(1e-5);
    model.dispose();
  });

  gpuIt('formats may be mixed, and the vocabulary odd, to 1e-5', async (host) => {
    const types: Record<string, GgmlType> = {
      ...{ attn_k: 'q5_0', attn_v: 'q4_1', ffn_gate: 'q8_0', ffn_up: 'q4_0', ffn_down: 'f16' },
      ...{ attn_output: 'bf16', token_embd: 'q8_0', output: 'q6_k' },
    };
    const weights = await openMixed(types);
    const model = await LlamaGpu.load(weights, host, { capacity: 8, batch: 8 });
    const prompt = Int32Array.of(4, 40, 0);
    const { logits } = forward(await tensorsIn(weights), prompt);
    for (const size of [3, 1]) {
      for (let at = 0; at < prompt.length; at += size) model.run(prompt.subarray(at, at + size), at);
      expect(largest(await model.logits(), logits)).toBeLessThan(1e-5);
    }
    model.dispose();
  });

  gpuIt('holds no more than it was made for, and says so', async (host) => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const model = await LlamaGpu.load(weights, host, { capacity: 4, batch: 4 });
    expect(() => model.run([0], 4)).toThrow('1 tokens at position 4 of a cache for 4');
    expect(() => model.run(TOKENS.subarray(0, 5), 0)).toThrow(
      'a pass of 5 tokens; this model was loaded for 1 to 4',
    );
    expect(() => model.run([], 0)).toThrow('a pass of 0 tokens');
    expect(() => model.run([258], 0)).toThrow('token 258 is not in a vocabulary of 258');
    expect(() => model.run([-1], 0)).toThrow('token -1 is not in a vocabulary of 258');
    model.dispose();
  });
});

/** A model with a vocabulary of 41, and matrices of these types; of float32 where none is named. */
function openMixed(types: Readonly<Record<string, GgmlType>>): Promise<LlamaWeights> {
  const sizes = { layers: 2, width: 256, ffn: 96, heads: 4, kvHeads: 2, headSize: 64, vocabulary: 41 };
  const u32 = (value: number) => ({ type: 'uint32', value }) as const;
  const content: GgufContent = {
    metadata: new Map<string, GgufValue>([
      ['general.architecture', { type: 'string', value: 'llama' }],
      ['llama.block_count', u32(sizes.layers)],
      ['llama.context_length', u32(64)],
      ['llama.embedding_length', u32(sizes.width)],
      ['llama.feed_forward_length', u32(sizes.ffn)],
      ['llama.attention.head_count', u32(sizes.heads)],
      ['llama.attention.head_count_kv', u32(sizes.kvHeads)],
      ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
    ]),
    tensors: tensorsOf(sizes).map(([name, dims]) => {
      const type = types[name.split('.').at(-2)!] ?? 'f32';
      return randomWeights(name, type, dims, rng('mixed'), dims.length === 1 ? 1 : 0);
    }),
  };
  return weightsOf('mixed', content);
}
