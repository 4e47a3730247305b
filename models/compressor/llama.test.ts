import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { LlamaModel } from '../llama/input.ts';
import { openPreset } from '../llama/presets.ts';
import { forward } from '../llama/reference.ts';
import type { LlamaWeights } from '../llama/weights.ts';
import { hex } from './checksums.ts';
import { Compressor } from './compressor.ts';
import { overheadOf } from './container.ts';
import { CompressorError } from './error.ts';
import { fingerprintOf } from './fingerprint.ts';
import { LLAMA_PATHS, type LlamaPath, llamaBytes, parsePath, windowOf } from './llama.ts';
import { type NextByte, WindowedBytes } from './next-byte.ts';
import { bytesOf } from './texts.ts';

/** Short, so that plain loops come through some of them in a test. */
const WINDOW = { length: 24, overlap: 9 };
/** Opened once: two million random weights take their time. */
const opened = new Map<string, Promise<LlamaWeights>>();
const tiny = (quant = 'q8_0') => {
  const weights = opened.get(quant) ?? openPreset({ model: 'tiny', quant });
  opened.set(quant, weights);
  return weights;
};

// Loading and plain loops take seconds where others use the machine.
vi.setConfig({ testTimeout: 30_000 });

let host: ProcessHost;
const models: NextByte[] = [];
const load = async (path: LlamaPath, on: ProcessHost = host, window = WINDOW) => {
  const model = await llamaBytes(await tiny(), on, path, window);
  models.push(model);
  return model;
};
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(async () => {
  for (const model of models.reverse()) model.dispose();
  await host.close();
});

describe('a stream comes back through each path, loaded anew, with the same bits', () => {
  it.each(LLAMA_PATHS)(
    '%s',
    async (path) => {
      // Past the end of a window, and of several where that takes no time.
      const length = path === 'js' ? 30 : 150;
      const first = new Compressor(await load(path));
      const second = new Compressor(await load(path));
      const random = rng(path);
      for (const bytes of [
        bytesOf('text', length, random),
        bytesOf('random', length, random),
        Uint8Array.of(0),
        new Uint8Array(0),
      ]) {
        const stream = first.compress(bytes);
        expect(hex(second.compress(bytes))).toBe(hex(stream));
        expect(hex(second.decompress(stream))).toBe(hex(bytes));
      }
    },
    20_000,
  );
});

describe('1, 2 and 3 threads, and none, give the same bits, and each reads what the others write', () => {
  /** Longer than the 16 keys that a part has at least, and than four such parts. */
  const LONG = { length: 100, overlap: 30 };

  it.each(['q8_0', 'q4_0', 'f32'])('%s', async (quant) => {
    const bytes = bytesOf('text', 150, rng('threads'));
    const weights = await tiny(quant);
    const made: { stream: string; name: string }[] = [];
    let first: Uint8Array | undefined;
    for (const [path, threads] of [
      ['simd', 1],
      ['simd-threads', 1],
      ['simd-threads', 2],
      ['simd-threads', 3],
    ] as const) {
      const own = await createProcessHost({ threads });
      const model = await llamaBytes(weights, own, path, LONG);
      try {
        const compressor = new Compressor(model);
        const stream = compressor.compress(bytes);
        first ??= stream;
        made.push({ stream: hex(stream), name: model.path });
        expect(hex(compressor.decompress(first))).toBe(hex(bytes));
      } finally {
        model.dispose();
        await own.close();
      }
    }
    const [{ stream }] = made as [(typeof made)[0]];
    expect(made).toEqual(made.map(() => ({ stream, name: 'simd/100/30' })));
  });
});

it('random weights take 8 bits a byte, and 5 % more', async () => {
  const model = await load('simd');
  const stream = new Compressor(model).compress(bytesOf('random', 1000, rng('eight')));
  const bits = (8 * (stream.length - overheadOf(model.path))) / 1000;
  expect(bits).toBeGreaterThan(8);
  expect(bits).toBeLessThan(8.4);
});

describe('what was made by another path, another model or another window is refused', () => {
  it('each way of computing has a name, and logits, of its own', async () => {
    const made = [];
    for (const path of ['js', 'simd-f32', 'simd'] as const) {
      const model = await load(path);
      const compressor = new Compressor(model);
      made.push({ path, model, compressor, stream: compressor.compress(Uint8Array.of(1, 2, 3)) });
    }
    expect(new Set(made.map(({ model }) => hex(fingerprintOf(model)))).size).toBe(made.length);
    for (const { path, stream } of made) {
      for (const other of made) {
        const read = () => other.compressor.decompress(stream);
        if (other.path === path) expect([...read()]).toEqual([1, 2, 3]);
        else expect(read).toThrow(`the stream was made by the path "${path}`);
      }
    }
  });

  it('another format of the weights is another model, and so is another window another path', async () => {
    const stream = new Compressor(await load('simd')).compress(Uint8Array.of(1));
    const q4 = await llamaBytes(await tiny('q4_0'), host, 'simd', WINDOW);
    models.push(q4);
    expect(() => new Compressor(q4).decompress(stream)).toThrow('was made with another model');
    const wider = await load('simd', host, { length: 24, overlap: 10 });
    expect(() => new Compressor(wider).decompress(stream)).toThrow('was made by the path "simd/24/9"');
  });
});

describe('logits of a byte', () => {
  it.each([
    ['24 tokens that overlap by 9 bytes', WINDOW],
    ['3 tokens that overlap by one byte', { length: 3, overlap: 1 }],
    ['a window that slides: 7 tokens, 6 bytes of overlap', { length: 7, overlap: 6 }],
  ])('are those of the model in float64 on what is in its window: %s', async (_, window) => {
    const weights = await tiny('f32');
    const { tensors } = await LlamaModel.of(weights, host);
    const model = await llamaBytes(weights, host, 'simd-f32', window);
    models.push(model);
    const bytes = bytesOf('text', 60, rng('window'));
    model.begin();
    let from = 0;
    for (const [n, byte] of bytes.entries()) {
      // A full window: the begin of a stream and length − 1 bytes.
      if (n - from === window.length - 1) from = n + 1 - window.overlap;
      model.push(byte);
      if (n % 7 !== 3 && n !== from && n + 1 < bytes.length) continue;
      const tokens = [256, ...bytes.subarray(from, n + 1)];
      const { logits } = forward(tensors, tokens);
      const off = model.logits().reduce((most, v, i) => Math.max(most, Math.abs(v - logits[i]!)), 0);
      expect(off, `byte ${n}`).toBeLessThan(5e-5);
    }
  });
});

describe('what cannot be worked with is refused', () => {
  it('windows that are none', async () => {
    for (const [length, overlap] of [
      [1, 1],
      [24, 0],
      [24, 24],
      [2.5, 1],
    ] as const)
      await expect(llamaBytes(await tiny(), host, 'simd', { length, overlap })).rejects.toThrow(
        CompressorError,
      );
  });

  it('tokens that are no bytes', () => {
    const model = {
      vocabulary: 32_000,
      decode() {},
      prefill() {},
      logits: () => new Float32Array(),
      dispose() {},
    };
    expect(() => new WindowedBytes(model, { path: 'x', hash: new Uint8Array(8) }, WINDOW)).toThrow(
      'a vocabulary of 32000 tokens is none of bytes: they have 256 or 258 or 259',
    );
  });
});

it('the name of a path says all that it was made with', async () => {
  expect(parsePath((await load('simd-threads')).path)).toEqual({ path: 'simd', window: WINDOW });
  expect(parsePath('simd-threads:3/24/9')).toBeUndefined();
  expect(parsePath('js/256/128')).toEqual({ path: 'js', window: { length: 256, overlap: 128 } });
  expect(parsePath('gpu/256/128')).toBeUndefined();
  expect(windowOf(await tiny())).toEqual({ length: 512, overlap: 128 });
});
