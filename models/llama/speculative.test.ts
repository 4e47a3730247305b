import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { indexOfLargest } from '../../kernels/sample/draw.ts';
import { draftOf } from './draft.ts';
import { openPreset } from './presets.ts';
import { generate } from './reference.ts';
import { LlamaWasm } from './simd.ts';
import { Speculation } from './speculative.ts';
import { trainedModel, trainedPrompt } from './trained.ts';
import type { LlamaWeights } from './weights.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 2 });
});
afterAll(() => host.close());

/** The text that guessing gives, how it came about, and the same of one token a pass. */
async function both(weights: LlamaWeights, draftWeights: LlamaWeights, prompt: Int32Array, length: number) {
  const tokens = 40;
  const { vocabulary } = weights.config;
  const sizes = { capacity: prompt.length + tokens - 1, batch: Math.max(prompt.length, length + 1) };
  const target = await LlamaWasm.load(weights, host, { ...sizes, exact: true, every: true });
  const draft = await LlamaWasm.load(draftWeights, host, { ...sizes, exact: true });
  const choose =
    (to: number[]) =>
    (step: number, logits: Float32Array, from = 0) => {
      expect(step).toBe(to.length);
      to.push(indexOfLargest(logits, from, from + vocabulary) - from);
      return to.at(-1)!;
    };
  const plain: number[] = [];
  target.prefill(prompt, 0);
  for (let i = 0; i < tokens; i++) {
    const token = choose(plain)(i, target.logits());
    if (i < tokens - 1) target.decode(token, prompt.length + i);
  }
  const speculation = new Speculation(target, draft, length);
  const texts = [1, 2].map(() => {
    const guessed: number[] = [];
    speculation.generate(prompt, tokens, choose(guessed));
    return guessed;
  });
  draft.dispose();
  target.dispose();
  return { plain, texts, speculation, tokens };
}

const PROMPT = Int32Array.of(7, 250, 0, 257, 31);

it('a draft that is the model itself is always right: as few passes as there can be', async () => {
  const weights = await openPreset({ model: 'tiny', quant: 'f32' });
  for (const length of [1, 2, 4]) {
    const { plain, texts, speculation, tokens } = await both(weights, weights, PROMPT, length);
    expect(texts).toEqual([plain, plain]);
    expect(speculation.accepted).toBe(speculation.drafted);
    expect(speculation.passes).toBe(Math.ceil((tokens - 1) / (length + 1)));
  }
});

it('a draft that is another model is mostly wrong: what it has left in both caches is not seen again', async () => {
  // Of a tied head random weights make a model that says each token again, which any draft guesses.
  const weights = await openPreset({ model: 'tiny-256', quant: 'f32' });
  const draft = await draftOf(weights, 'q4_0', 1);
  for (const length of [1, 3]) {
    const { plain, texts, speculation, tokens } = await both(weights, draft, PROMPT, length);
    expect(texts).toEqual([plain, plain]);
    expect(speculation.accepted).toBeLessThan(speculation.drafted);
    // Every pass gives the right guesses and one token more; the first token is the prompt's.
    expect(speculation.passes + speculation.accepted).toBe(tokens - 1);
  }
});

it('of the trained model its copy of 4 bits guesses three in four rightly, and the text is that of the float64 reference', async () => {
  const model = await trainedModel(host);
  const prompt = await trainedPrompt(host, 32, rng('speculative'));
  const draft = await draftOf(model.weights, 'q4_0');
  const { plain, texts, speculation, tokens } = await both(model.weights, draft, prompt, 4);
  expect(texts[0]).toEqual(plain);
  expect(plain).toEqual(generate(model.tensors, prompt, tokens).tokens);
  expect(speculation.accepted / speculation.drafted).toBeGreaterThan(0.75);
});

it('a pass gives the logits of every token as passes of one give them, to 1e-5', async () => {
  const weights = await openPreset({ model: 'tiny', quant: 'f32' });
  const { vocabulary } = weights.config;
  for (const threaded of [false, true]) {
    const model = await LlamaWasm.load(weights, host, {
      ...{ capacity: 8, batch: 5, exact: true, every: true, threaded },
    });
    const each = Array.from(PROMPT, (token, t) => {
      model.decode(token, t);
      return model.logits().slice();
    });
    for (const count of [1, 2, 5]) {
      const all = model.verify(PROMPT.subarray(0, count), 0);
      for (let t = 0; t < count; t++)
        for (let i = 0; i < vocabulary; i++)
          expect(Math.abs(all[t * vocabulary + i]! - each[t]![i]!)).toBeLessThan(1e-5);
    }
    // A pass that asks for the last alone gives that.
    model.prefill(PROMPT, 0);
    for (let i = 0; i < vocabulary; i++)
      expect(Math.abs(model.logits()[i]! - each[4]![i]!)).toBeLessThan(1e-5);
    model.dispose();
  }
});

it('a draft of other tokens, and a model without room for all logits, are refused', async () => {
  const weights = await openPreset({ model: 'tiny', quant: 'f32' });
  const model = await LlamaWasm.load(weights, host, { capacity: 8, batch: 4, exact: true });
  expect(() => model.verify(PROMPT.subarray(0, 2), 0)).toThrow(
    'logits of every token; this model was loaded without room for them',
  );
  const { weights: trained } = await trainedModel(host);
  const draft = await LlamaWasm.load(trained, host, { capacity: 8, batch: 4, exact: true });
  expect(() => new Speculation(model, draft, 2)).toThrow('a draft of 259 tokens for a model of 258');
  draft.dispose();
  model.dispose();
});
