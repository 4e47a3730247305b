/** Published libraries and our pipelines on the same weights, each against the float64 reference: `--reporter=verbose` shows the errors. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { caseName, type Kernel, type Shape } from '../../kernels/kernel.ts';
import { unsupported } from '../../kernels/lib/check.ts';
import { compare } from '../../kernels/lib/compare.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { memorySource, openGguf } from '../gguf/reader.ts';
import { KEY, KIND } from '../tokenizers/vocabulary.ts';
import { llamaDecode, llamaPrefill } from './index.ts';
import { fileOfWords } from './peers.ts';
import { openPreset } from './presets.ts';

/** A model is made, and the reference of a prompt takes its time. */
const TIMEOUT_MS = 60_000;
vi.setConfig({ testTimeout: TIMEOUT_MS });

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 2 });
});
afterAll(() => host.close());

/** Σe² / Σref² of what a variant makes of an input; a reason where it cannot. */
async function errorOf(kernel: Kernel, name: string, shape: Shape): Promise<number | string> {
  const variant = kernel.variants.find((each) => each.name === name)!;
  const reason = unsupported(variant, shape, host);
  if (reason !== undefined) return reason;
  const input = await kernel.inputs(shape, rng('peers'), host);
  const prepared = await variant.prepare(input, shape, host);
  prepared.run();
  await prepared.sync?.();
  const out = await prepared.read();
  prepared.dispose();
  return compare(out, kernel.reference(input, shape, rng('sample')), 'nmse').value;
}

const decode = (quant: string, depth: number) => ({ model: 'tiny', quant, depth });
const prefill = (quant: string, tokens: number) => ({ model: 'tiny', quant, tokens });

describe.each([
  [llamaDecode, decode('f32', 0)],
  [llamaDecode, decode('f32', 130)],
  [llamaPrefill, prefill('f32', 7)],
])('$name', (kernel, shape) => {
  it(`${caseName(shape)}: llama.cpp and our float32 are both within 1e-11 of the power of the output`, async ({
    skip,
    annotate,
  }) => {
    const [theirs, ours] = [
      await errorOf(kernel, 'llama-cpp', shape),
      await errorOf(kernel, 'simd-f32', shape),
    ];
    if (typeof theirs === 'string') skip(theirs);
    await annotate(`llama.cpp ${theirs}, ours ${ours}`);
    expect(theirs).toBeLessThan(1e-11);
    expect(ours).toBeLessThan(1e-11);
  });
});

describe.each([
  [llamaDecode, decode('q8_0', 0)],
  [llamaDecode, decode('q8_0', 130)],
  [llamaDecode, decode('q4_0', 130)],
  [llamaDecode, decode('q4_k', 130)],
  [llamaPrefill, prefill('q8_0', 7)],
  [llamaPrefill, prefill('q8_0', 300)],
  [llamaPrefill, prefill('q4_0', 300)],
])('$name', (kernel, shape) => {
  it(`${caseName(shape)}: our error of 8-bit activations is at most twice llama.cpp's`, async ({
    skip,
    annotate,
  }) => {
    const [theirs, ours] = [await errorOf(kernel, 'llama-cpp', shape), await errorOf(kernel, 'simd', shape)];
    for (const error of [theirs, ours]) if (typeof error === 'string') skip(error);
    await annotate(`llama.cpp ${theirs}, ours ${ours}`);
    expect(ours).toBeLessThan(2 * (theirs as number));
  });
});

describe.each([
  // Its products are of floats here, and there of activations of 8 bits.
  [decode('f32', 0), 1e-11],
  [decode('f32', 130), 1e-11],
  [{ ...decode('q8_0', 130), model: 'tiny-256' }, 1e-2],
  [{ ...decode('q4_0', 130), model: 'tiny-256' }, 1e-2],
])('%j', (shape, bound) => {
  it.for(['ort-web', 'ort-node'])(
    `the graph of a step is within ${bound} of the power of the logits: %s`,
    async (name, { skip, annotate }) => {
      const error = await errorOf(llamaDecode, name, shape);
      if (typeof error === 'string') skip(error);
      await annotate(`${error}`);
      expect(error).toBeLessThan(bound);
    },
  );
});

it('a file of words has the same tensors, and tokens that are looked for only where they are used', async () => {
  const weights = await openPreset({ model: 'tiny', quant: 'q8_0' });
  const pieces = [];
  for await (const piece of fileOfWords(weights, [7, 257])) pieces.push(piece);
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const gguf = await openGguf(memorySource('words', bytes));
  for (const name of gguf.tensors.keys())
    expect(await gguf.read(name)).toEqual((await weights.read(name)).bytes);
  const kinds = Array.from(gguf.numbers(`${KEY}token_type`));
  expect(kinds.flatMap((kind, n) => (kind === KIND.userDefined ? [n] : []))).toEqual([7, 257]);
  expect(gguf.strings(`${KEY}tokens`).slice(255)).toEqual(['<255>', '<256>', '<257>']);
  expect(gguf.number('llama.block_count')).toBe(2);
});

it('on all threads llama.cpp gives what it gives on one', async ({ skip }) => {
  const [one, all] = [
    await errorOf(llamaDecode, 'llama-cpp', decode('f32', 130)),
    await errorOf(llamaDecode, 'llama-cpp-threads', decode('f32', 130)),
  ];
  if (typeof one === 'string') skip(one);
  expect(Math.abs((all as number) - (one as number))).toBeLessThan(1e-11);
});
