import { describe, expect, it } from 'vitest';
import { QUANTIZERS } from '../../kernels/lib/quantize.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { tokenizerOf } from '../tokenizers/index.ts';
import { Normals } from './normals.ts';
import { isPreset, PRESETS, type Preset, type PresetOptions, presetModel } from './presets.ts';
import { memorySource, openGguf } from './reader.ts';
import { type GgmlType, isGgmlType } from './types.ts';
import { serializeGguf } from './writer.ts';

async function written(options: PresetOptions) {
  const pieces = [...serializeGguf('preset', presetModel(options))].map((piece) => piece.slice());
  return openGguf(memorySource('preset', new Uint8Array(await new Blob(pieces).arrayBuffer())));
}

const none = () => false;

describe('a preset', () => {
  it.each<[Preset, number, number]>([
    ['tiny', 20, 2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 64 * 256 + 2 * 64) + 258 * 64 + 64],
    ['tiny-256', 21, 2 * (2 * 256 * 256 + 2 * 128 * 256 + 3 * 256 * 512 + 2 * 256) + 2 * 258 * 256 + 256],
    // As their publishers count them.
    ['smollm2-135m', 272, 134_515_008],
    ['tinyllama-1.1b', 201, 1_100_048_384],
  ])('%s has %i tensors and %i weights', (preset, count, weights) => {
    const { tensors } = presetModel({ preset, type: 'q8_0', seed: 'test' });
    expect(tensors.length).toBe(count);
    const sizes = tensors.map(({ dims }) => dims.reduce((a, b) => a * b));
    expect(sizes.reduce((a, b) => a + b)).toBe(weights);
  });

  it.each(Object.keys(PRESETS).filter(isPreset))(
    '%s has a tokenizer of the size of its vocabulary, which gives back texts',
    async (preset) => {
      const gguf = await written({ preset, type: 'f32', seed: 'test', only: none });
      const tokenizer = tokenizerOf(gguf);
      expect(tokenizer.size).toBe(gguf.number('llama.vocab_size'));
      const text = 'The rest of it, 2025!\n\té😀';
      expect(tokenizer.decode(tokenizer.encode(text, { special: true }))).toBe(text);
      // A prompt that is more than its bytes would need no vocabulary of thousands.
      if (tokenizer.size > 1000) expect(tokenizer.encode('the rest of the stone').length).toBeLessThan(12);
      const texts = gguf.strings('tokenizer.ggml.tokens');
      expect(new Set(texts).size).toBe(texts.length);
    },
  );

  it('is of any type with a quantiser, tiny-256 in all its matrices; what fits no block of it is of the next finer one', async () => {
    const types: GgmlType[] = ['f32', ...Object.keys(QUANTIZERS).filter(isGgmlType)];
    for (const type of types) {
      const whole = await written({ preset: 'tiny-256', type, seed: 'test' });
      for (const tensor of whole.tensors.values())
        expect(tensor.type).toBe(tensor.dims.length === 1 ? 'f32' : type);
    }
    const { tensors } = presetModel({ preset: 'tiny', type: 'q4_k', seed: 'test' });
    expect(Object.fromEntries(tensors.map(({ name, type }) => [name, type]))).toMatchObject({
      'token_embd.weight': 'q5_0',
      'blk.0.attn_norm.weight': 'f32',
      'blk.0.ffn_up.weight': 'q5_0',
      'blk.1.ffn_down.weight': 'q4_k',
    });
    expect(() => presetModel({ preset: 'tiny', type: 'q3_k', seed: 'test' })).toThrow('no quantiser to q');
  });

  it('the weights of a tensor depend on the seed and its name, not on what else is written', async () => {
    const norm = 'blk.29.attn_norm.weight';
    const k = 'blk.29.attn_k.weight';
    const read = async (only: (name: string) => boolean, seed = 'test') => {
      const gguf = await written({ preset: 'smollm2-135m', type: 'q4_0', seed, only });
      return { count: gguf.tensors.size, k: await gguf.read(k), info: gguf.tensors.get(norm) };
    };
    const alone = await read((name) => name === k);
    const layer = await read((name) => name.startsWith('blk.29.') && !name.includes('ffn_'));
    expect([alone.count, layer.count]).toEqual([1, 5]);
    expect(layer.k).toEqual(alone.k);
    expect(layer.info?.type).toBe('f32');
    expect((await read((name) => name === k, 'another')).k).not.toEqual(alone.k);
  });
});

describe('normals', () => {
  const n = 1 << 20;
  const x = new Float32Array(n);
  new Normals(rng('normals')).fill(x, 0, 1);

  it('fall into 34 intervals as the normal distribution has it: χ² below its 99.9 % quantile', () => {
    const counts = new Float64Array(34);
    for (const v of x) counts[Math.min(33, Math.max(0, Math.floor(v * 4) + 17))]!++;
    // Simpson's rule, far more exact than the counts.
    const share = (from: number) => {
      let sum = 0;
      for (let i = 0; i <= 40; i++)
        sum += Math.exp(-0.5 * (from + i / 160) ** 2) * (i % 40 === 0 ? 1 : i % 2 ? 4 : 2);
      return sum / 480 / Math.sqrt(2 * Math.PI);
    };
    const shares = Array.from({ length: 32 }, (_, i) => share(-4 + i / 4));
    const tail = (1 - shares.reduce((a, b) => a + b)) / 2;
    const chi = [tail, ...shares, tail].reduce((sum, p, i) => sum + (counts[i]! - n * p) ** 2 / (n * p), 0);
    expect(chi).toBeLessThan(63.9); // 33 degrees of freedom
  });

  it('have the four moments of the normal distribution within four standard errors, and no memory', () => {
    const mean = (f: (v: number, i: number) => number) => x.reduce((sum, v, i) => sum + f(v, i), 0) / n;
    const error = (variance: number) => 4 * Math.sqrt(variance / n);
    expect(Math.abs(mean((v) => v))).toBeLessThan(error(1));
    expect(Math.abs(mean((v) => v * v) - 1)).toBeLessThan(error(2));
    expect(Math.abs(mean((v) => v ** 3))).toBeLessThan(error(15));
    expect(Math.abs(mean((v) => v ** 4) - 3)).toBeLessThan(error(96));
    for (const lag of [1, 2, 3])
      expect(Math.abs(mean((v, i) => v * x[(i + lag) % n]!))).toBeLessThan(error(1));
  });

  it('are the same for the same seed, however they are asked for, and have the mean and deviation', () => {
    const normals = new Normals(rng('normals'));
    const parts = [new Float32Array(1000), new Float32Array(2000)];
    for (const part of parts) normals.fill(part, 0, 1);
    expect([...parts[0]!, ...parts[1]!]).toEqual([...x.subarray(0, 3000)]);
    const moved = new Float32Array(1000);
    new Normals(rng('normals')).fill(moved, 1, 0.5);
    for (const [i, v] of moved.entries()) expect(v).toBeCloseTo(1 + 0.5 * x[i]!, 6);
  });
});
