/** The pipelines of the GPT-2 architecture, over models with random weights in the sizes of the seed's workloads. */
import { type Case, defineKernel } from '../../kernels/kernel.ts';
import { expected, placeOf, rootMeanSquare } from '../lib/expected.ts';
import { type BatchInput, type BatchShape, batchVariants } from './batch.ts';
import { cacheConcat, cacheSlab } from './cached.ts';
import { configOf, type Gpt2Config } from './config.ts';
import { promptWithoutTies } from './generations.ts';
import { webgpu, webgpuLoop } from './gpu/variants.ts';
import { blocked, inPlace } from './in-place.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import { lastHead, naive } from './naive.ts';
import { prefixReuse } from './prefix.ts';
import { emptyCache, generate, step } from './reference.ts';
import { simd, simdLoop, simdThreads } from './simd.ts';
import { gpt2Of } from './weights.ts';
import { type WindowInput, type WindowShape, windowVariants } from './window.ts';
import { FLOAT32, generateWork, positionsOf } from './work.ts';

const at = (
  model: string,
  prompt: number,
  tokens: number,
  from: string,
  slow = false,
): Case<GenerateShape> => ({
  shape: { model, prompt, tokens },
  from,
  ...(slow ? { slow } : {}),
});

/**
 * Greedy generation, from the prompt on: prefill, then a token a step. Each variant chooses its tokens itself, from its own logits, and goes
 * on with them: nothing is given to it. That this is comparable is for the inputs to see to: prompts whose continuation has a near tie
 * anywhere are drawn anew, so that rounding cannot change a token, and the output is the logits of every step and the tokens. The seed
 * draws tokens at a temperature of 0.8; here they are the most probable, as a drawn one would hang on how a variant rounds (what drawing
 * costs, `sample` tells). The work is that of a cache and of one row of logits a token, whatever a variant does.
 */
export const gpt2Generate = defineKernel<GenerateInput, GenerateShape>({
  name: 'gpt2-generate',
  kind: 'pipeline',
  formula: 'tokens and their logits[tokens, vocabulary], greedy, behind a prompt of random tokens',
  ledger: ['S2-24', 'S4-53'],
  learned: [
    "Of the seed's own workload (50 tokens), the cache is worth 26 times even where it grows by concatenation, of thirty that counting operations promises; logits of one token in place of all less than a tenth. Nothing allocated, in place of 90 kB a token, is worth a fifth, and SIMD eight times on top.",
    'As one WASM call for the whole generation it gives 30,000 tokens a second on one thread, and a call a token gives as many. A second thread gains little, a tenth where nothing else runs: they meet twelve times a token, and a thread that fell asleep there made it two to four times slower.',
  ],
  cases: [
    at('tiny', 1, 1, 'edge: one token of one'),
    at('tiny', 7, 9, 'odd: a tile of rows + 1'),
    at('tiny', 2, 23, 'the whole context'),
    at('w-sm-std', 10, 25, 'W-SM-SMALL: SmallMind, enhanced profile, Small'),
    at('w-sm-std', 10, 50, 'W-SM-STD: SmallMind, standard profile', true),
    at('w-sm-med', 10, 25, 'W-SM-MED: SmallMind, enhanced profile, Medium', true),
    at('w-sm-med', 32, 50, 'W-SM-DEEP: SmallMind, deep profile', true),
    at('w-lcm', 128, 1, 'W-LCM: local-code-model, one forward pass', true),
  ],
  validate({ model, prompt, tokens }) {
    const { context } = configOf(model);
    if (positionsOf(prompt, tokens) > context)
      throw new Error(
        `gpt2-generate: ${prompt} + ${tokens} tokens need ${positionsOf(prompt, tokens)} positions; ${model} has ${context}`,
      );
  },
  inputs({ model: name, prompt, tokens }, rng) {
    const model = gpt2Of(name);
    return { model, prompt: promptWithoutTies(model, prompt, tokens, rng) };
  },
  reference: ({ model, prompt }, { tokens }) =>
    expected(model.config.vocabulary, [generate(model, prompt, tokens)]),
  tolerance: FLOAT32,
  work: ({ model, prompt, tokens }) => generateWork(configOf(model), prompt, tokens),
  where: ({ model }, { tokens }, index) => placeOf(model.config.vocabulary, tokens, index),
  variants: [
    naive,
    lastHead,
    cacheConcat,
    cacheSlab,
    prefixReuse,
    inPlace,
    blocked,
    simd,
    simdLoop,
    simdThreads,
    webgpu,
    webgpuLoop,
  ],
});

/** Tokens of each prompt of a batch: the longest first, each shorter than the one before by as much. */
function lengthsOf({ batch, prompt }: BatchShape): number[] {
  return Array.from({ length: batch }, (_, b) => prompt - Math.floor((b * prompt) / batch));
}

/**
 * Several prompts of different lengths are continued together, greedily, as `gpt2-generate` does one: what comes out must be what each
 * would give alone. Products of several rows read a weight once for all of them; plain loops, bound by arithmetic, gain nothing by that.
 */
export const gpt2Batch = defineKernel<BatchInput, BatchShape>({
  name: 'gpt2-batch',
  kind: 'pipeline',
  formula:
    'tokens and their logits[batch, tokens, vocabulary], greedy, behind prompts of up to prompt tokens',
  cases: [
    { shape: { model: 'tiny', batch: 1, prompt: 5, tokens: 3 }, from: 'edge: nothing to fill up' },
    { shape: { model: 'tiny', batch: 5, prompt: 9, tokens: 7 }, from: 'odd' },
    { shape: { model: 'w-sm-std', batch: 4, prompt: 10, tokens: 25 }, from: 'W-SM-SMALL: four at once' },
  ],
  validate({ model, prompt, tokens }) {
    const { context } = configOf(model);
    const needed = positionsOf(prompt, tokens);
    if (needed > context)
      throw new Error(
        `gpt2-batch: ${prompt} + ${tokens} tokens need ${needed} positions; ${model} has ${context}`,
      );
  },
  inputs(shape, rng) {
    const model = gpt2Of(shape.model);
    const prompts = lengthsOf(shape).map((length) => promptWithoutTies(model, length, shape.tokens, rng));
    return { model, prompts };
  },
  reference: ({ model, prompts }, { tokens }) =>
    expected(
      model.config.vocabulary,
      prompts.map((prompt) => generate(model, prompt, tokens)),
    ),
  tolerance: FLOAT32,
  work(shape) {
    const each = lengthsOf(shape).map((length) => generateWork(configOf(shape.model), length, shape.tokens));
    // The weights are read once for all of them.
    const { bytes } = generateWork(configOf(shape.model), shape.prompt, shape.tokens);
    return {
      flops: each.reduce((sum, { flops }) => sum + flops, 0),
      bytes,
      tokens: shape.batch * shape.tokens,
    };
  },
  variants: batchVariants,
});

/** Each token needs a pass over the window; of it one row of logits. */
function windowWork(config: Gpt2Config, tokens: number) {
  const { flops, bytes } = generateWork(config, config.context, 1);
  return { flops: tokens * flops, bytes, tokens };
}

/**
 * Text that is longer than the context: the model sees the last `context` tokens of it, at the positions 0 to context − 1. With every
 * token all of them move by one position, and as a position is part of what a token is embedded as, so does every key and value: a cache
 * is of no use from the moment the window slides, and each token costs a pass. (Turned positions, as of a Llama, would leave the cache of the
 * first layer right.)
 */
export const gpt2Window = defineKernel<WindowInput, WindowShape>({
  name: 'gpt2-window',
  kind: 'pipeline',
  formula: 'logits[tokens, vocabulary] after each window of the whole context that slides over a text',
  ledger: ['S1-29', 'S4-21'],
  cases: [
    { shape: { model: 'tiny', tokens: 1 }, from: 'edge: the window does not slide' },
    { shape: { model: 'tiny', tokens: 9 }, from: 'slides eight times' },
    { shape: { model: 'w-sm-std', tokens: 16 }, from: 'W-SM-STD: SmallMind, behind its context' },
  ],
  inputs({ model: name, tokens }, rng) {
    const model = gpt2Of(name);
    const { context, vocabulary } = model.config;
    return { model, text: Int32Array.from({ length: context + tokens - 1 }, () => rng.integer(vocabulary)) };
  },
  reference({ model, text }, { tokens }) {
    const { context, vocabulary } = model.config;
    const values = new Float64Array(tokens * vocabulary);
    const scale = new Float64Array(values.length);
    for (let i = 0; i < tokens; i++) {
      const cache = emptyCache(model);
      let logits = new Float64Array(vocabulary);
      for (const token of text.subarray(i, i + context)) logits = step(model, token, cache);
      values.set(logits, i * vocabulary);
      scale.fill(rootMeanSquare(logits), i * vocabulary, (i + 1) * vocabulary);
    }
    return { values, scale };
  },
  tolerance: FLOAT32,
  work: ({ model, tokens }) => windowWork(configOf(model), tokens),
  variants: windowVariants,
});
