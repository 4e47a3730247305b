import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { rng } from '../../kernels/lib/rng.ts';
import type { GgufValue } from '../gguf/format.ts';
import { memorySource, openGguf } from '../gguf/reader.ts';
import { randomWeights } from '../gguf/weights.ts';
import { type GgufContent, serializeGguf } from '../gguf/writer.ts';
import { tensorsOf } from './config.ts';
import { KEPT, LlamaJs } from './js.ts';
import { openPreset, presetSizes } from './presets.ts';
import { fastProduct, plainProduct } from './product.ts';
import { forward } from './reference.ts';
import { LlamaWasm } from './simd.ts';
import { LlamaWeights, tensorsIn, weightsOf } from './weights.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

const TOKENS = Int32Array.of(7, 250, 0, 257, 31, 7, 90, 12, 200, 3, 3);
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

describe('the fast product of the reference', () => {
  it('is the plain one, to 1e-13 of Σ|x·w|, whatever is left over behind tiles and pieces', async () => {
    const random = rng('product');
    const product = await fastProduct(host);
    for (const [T, N, K] of [
      [4, 2, 2],
      [1, 5, 6],
      [7, 9, 10],
      [6, 3, 7],
      [13, 401, 1536],
      [5, 1, 70_000],
      [9, 31, 32],
    ] as const) {
      const x = Float64Array.from({ length: T * K }, () => random.normal());
      const w = Float32Array.from({ length: N * K }, () => random.normal());
      const [got, want] = [product(x, w, T, N, K), plainProduct(x, w, T, N, K)];
      const sizes = plainProduct(x.map(Math.abs), w.map(Math.abs), T, N, K);
      expect(got.length).toBe(want.length);
      expect(Math.max(...got.map((v, i) => Math.abs(v - want[i]!) / sizes[i]!))).toBeLessThan(1e-13);
    }
  });
});

describe('a cache', () => {
  it('gives the logits of every step that recomputing everything gives, to 1e-5', async () => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const tensors = await tensorsIn(weights);
    const models = [
      await LlamaJs.load(weights, TOKENS.length, KEPT),
      await LlamaWasm.load(weights, host, { capacity: TOKENS.length, exact: true }),
    ];
    for (let t = 0; t < TOKENS.length; t++) {
      const { logits } = forward(tensors, TOKENS.subarray(0, t + 1));
      for (const model of models) {
        model.decode(TOKENS[t]!, t);
        const got = model instanceof LlamaWasm ? model.logits() : model.logits;
        expect(largest(got, logits)).toBeLessThan(1e-5);
      }
    }
  });

  it('is the same whether a prompt came whole, in chunks, or token by token, to 1e-5', async () => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const load = () => LlamaWasm.load(weights, host, { capacity: 16, batch: 16, exact: true });
    const whole = await load();
    whole.prefill(TOKENS, 0);
    const want = whole.logits().slice();
    const keys = whole.layer(1).keys.slice(0, TOKENS.length * 32);
    whole.dispose();
    for (const size of [1, 4, 7]) {
      const model = await load();
      for (let at = 0; at < TOKENS.length; at += size) model.prefill(TOKENS.subarray(at, at + size), at);
      expect(largest(model.logits(), want)).toBeLessThan(1e-5);
      expect(largest(model.layer(1).keys.subarray(0, keys.length), keys)).toBeLessThan(1e-5);
      model.dispose();
    }
  });

  it('holds no more than it was made for, and says so', async () => {
    const weights = await openPreset({ model: 'tiny', quant: 'q8_0' });
    const model = await LlamaWasm.load(weights, host, { capacity: 4, batch: 4 });
    expect(() => model.decode(0, 4)).toThrow('1 tokens at position 4 of a cache for 4');
    expect(() => model.prefill(TOKENS.subarray(0, 3), 2)).toThrow('3 tokens at position 2 of a cache for 4');
    expect(() => model.prefill(TOKENS.subarray(0, 5), 0)).toThrow(
      'a pass of 5 tokens; this model was loaded for 1 to 4',
    );
    expect(() => model.decode(258, 0)).toThrow('token 258 is not in a vocabulary of 258');
    expect(() => model.decode(-1, 0)).toThrow('token -1 is not in a vocabulary of 258');
    model.dispose();
  });
});

describe('threads', () => {
  it('continue a prompt as one thread does, to 1e-5', async () => {
    const weights = await openPreset({ model: 'tiny', quant: 'f32' });
    const [one, three] = await Promise.all(
      [false, true].map((threaded) =>
        LlamaWasm.load(weights, host, { capacity: 64, batch: 16, exact: true, threaded }),
      ),
    );
    for (const model of [one!, three!]) model.prefill(TOKENS, 0);
    for (let t = 0; t < 40; t++) {
      for (const model of [one!, three!]) model.decode(t, TOKENS.length + t);
      expect(largest(three!.logits(), one!.logits())).toBeLessThan(1e-5);
    }
    for (const model of [three!, one!]) model.dispose();
  });

  it('put a prompt through bit for bit as one does: each sum stays on one', async () => {
    const weights = await openPreset({ model: 'tiny-256', quant: 'q4_0' });
    const outputs = [];
    for (const threaded of [false, true]) {
      const model = await LlamaWasm.load(weights, host, { capacity: 32, batch: 32, threaded });
      model.prefill(TOKENS, 0);
      outputs.push(model.logits().slice());
      model.dispose();
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });
});

describe('a step of fused operations', () => {
  it.each([
    ['f32', { exact: true }],
    ['q8_0', {}],
    ['q4_k', {}],
  ] as const)(
    'of %s gives what single operations give, on one thread and on three: to 1e-5, where activations have 8 bits to a twentieth',
    async (quant, options) => {
      const weights = await openPreset({ model: 'tiny-256', quant });
      const load = (more: object) =>
        LlamaWasm.load(weights, host, { capacity: TOKENS.length, ...options, ...more });
      const models = [
        await load({ unfused: true }),
        await load({}),
        await load({ unfused: true, threaded: true }),
        await load({ threaded: true }),
      ];
      for (let t = 0; t < TOKENS.length; t++) {
        for (const model of models) model.decode(TOKENS[t]!, t);
        // Where activations have 8 bits, one that rounds the other way is 1/127 of the largest in its block.
        const bound = quant === 'f32' ? 1e-5 : 0.05 * largest(models[0]!.logits(), new Float32Array(258));
        for (const model of models.slice(1))
          expect(largest(model.logits(), models[0]!.logits())).toBeLessThan(bound);
      }
      for (const model of models.reverse()) model.dispose();
    },
  );
});

describe('the sizes of SmolLM2-135M', () => {
  it('make 134,515,008 weights, of which a pass reads all', () => {
    const { config, weightBytes } = presetSizes({ model: 'smollm2-135m', quant: 'f32' });
    const weights = tensorsOf(config)
      .filter(([name]) => name !== 'output.weight')
      .reduce((sum, [, dims]) => sum + dims.reduce((a, b) => a * b, 1), 0);
    expect(weights).toBe(134_515_008);
    expect(weightBytes).toBe(4 * weights);
  });
});

const u32 = (value: number): GgufValue => ({ type: 'uint32', value });

describe('matrices of more bytes than are read at a time', () => {
  /** FFN matrices of 2.2 MB in Q8_0, whose last piece is shorter, and a vocabulary that is no multiple of eight. */
  const SIZES = { layers: 1, width: 256, ffn: 8192, heads: 4, kvHeads: 2, headSize: 64, vocabulary: 43 };
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['llama.block_count', u32(SIZES.layers)],
    ['llama.context_length', u32(64)],
    ['llama.embedding_length', u32(SIZES.width)],
    ['llama.feed_forward_length', u32(SIZES.ffn)],
    ['llama.attention.head_count', u32(SIZES.heads)],
    ['llama.attention.head_count_kv', u32(SIZES.kvHeads)],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
  ]);
  const random = (type: 'f32' | 'q8_0' | 'q4_0') =>
    weightsOf(type, {
      metadata,
      tensors: tensorsOf(SIZES).map(([name, dims]) =>
        dims.length === 1
          ? randomWeights(name, 'f32', dims, rng(1), 1)
          : randomWeights(name, type, dims, rng(1)),
      ),
    });

  it.each(['f32', 'q8_0', 'q4_0'] as const)(
    'are all in their places: %s, to 1e-5 in float32',
    async (type) => {
      const weights = await random(type);
      const { logits } = forward(await tensorsIn(weights), TOKENS.subarray(4, 5));
      const exact = await LlamaWasm.load(weights, host, { capacity: 1, exact: true });
      exact.decode(TOKENS[4]!, 0);
      expect(largest(exact.logits(), logits)).toBeLessThan(1e-5);
      const packed = await LlamaWasm.load(weights, host, { capacity: 1 });
      packed.decode(TOKENS[4]!, 0);
      const first = packed.logits().slice();
      expect(largest(first, logits)).toBeLessThan(0.1 * Math.max(...logits.map(Math.abs)));
      packed.erase();
      packed.decode(TOKENS[4]!, 0);
      expect(packed.logits()).not.toEqual(first);
      await packed.refill(weights);
      packed.decode(TOKENS[4]!, 0);
      expect(packed.logits()).toEqual(first);
      packed.dispose();
      exact.dispose();
    },
  );
});

describe('a file that is no Llama, or lies', () => {
  const TINY = { layers: 1, width: 32, ffn: 64, heads: 2, kvHeads: 1, headSize: 16, vocabulary: 40 };
  const config = { ...TINY, context: 64, epsilon: 1e-5, ropeBase: 10_000 };
  const content = (): { metadata: Map<string, GgufValue>; tensors: GgufContent['tensors'][number][] } => ({
    metadata: new Map<string, GgufValue>([
      ['general.architecture', { type: 'string', value: 'llama' }],
      ['llama.block_count', u32(1)],
      ['llama.context_length', u32(64)],
      ['llama.embedding_length', u32(32)],
      ['llama.feed_forward_length', u32(64)],
      ['llama.attention.head_count', u32(2)],
      ['llama.attention.head_count_kv', u32(1)],
      ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
    ]),
    tensors: tensorsOf(config).map(([name, dims]) => randomWeights(name, 'f32', dims, rng(1))),
  });
  const open = async (changed: ReturnType<typeof content>) => {
    const bytes = new Uint8Array(
      await new Blob(Array.from(serializeGguf('t', changed), (p) => p.slice())).arrayBuffer(),
    );
    return new LlamaWeights(await openGguf(memorySource('t.gguf', bytes)));
  };
  const cases: [string, (c: ReturnType<typeof content>) => void, RegExp][] = [
    [
      'another architecture',
      (c) => c.metadata.set('general.architecture', { type: 'string', value: 'gpt2' }),
      /is of architecture "gpt2"/,
    ],
    [
      'a missing key',
      (c) => c.metadata.delete('llama.block_count'),
      /has no metadata key "llama.block_count"/,
    ],
    [
      'four thousand million layers',
      (c) => c.metadata.set('llama.block_count', u32(4e9)),
      /llama.block_count = 4000000000/,
    ],
    ['no layers', (c) => c.metadata.set('llama.block_count', u32(0)), /llama.block_count = 0/],
    ['a missing tensor', (c) => c.tensors.splice(2, 1), /has no tensor blk.0.attn_q.weight/],
    ['more layers than tensors', (c) => c.metadata.set('llama.block_count', u32(2)), /has no tensor blk.1/],
    [
      'another width',
      (c) => c.metadata.set('llama.embedding_length', u32(64)),
      /says token_embd.weight is 40 × 32, where its sizes make it 40 × 64/,
    ],
    [
      'heads that do not divide',
      (c) => c.metadata.set('llama.attention.head_count', u32(3)),
      /3 heads, which do not divide/,
    ],
    [
      'KV heads that do not divide',
      (c) => c.metadata.set('llama.attention.head_count_kv', u32(3)),
      /3 KV heads/,
    ],
    [
      'scaled positions',
      (c) => c.metadata.set('llama.rope.scaling.type', { type: 'string', value: 'yarn' }),
      /scales its positions \(yarn\)/,
    ],
  ];
  it.each(cases)('%s: one clear error', async (_, change, message) => {
    const changed = content();
    change(changed);
    await expect(open(changed)).rejects.toThrow(message);
  });
  it('is fine otherwise', async () => {
    expect((await open(content())).config).toMatchObject(TINY);
  });
});
