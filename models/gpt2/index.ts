/** The pipelines of the GPT-2 architecture, over models with random weights in the sizes of the seed's workloads. */
import { type Case, defineKernel } from '../../kernels/kernel.ts';
import { cacheConcat, cacheSlab } from './cached.ts';
import { configOf } from './config.ts';
import { expected, promptWithoutTies } from './generations.ts';
import { blocked, inPlace } from './in-place.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import { lastHead, naive } from './naive.ts';
import { prefixReuse } from './prefix.ts';
import { generate } from './reference.ts';
import { simd, simdLoop, simdThreads } from './simd.ts';
import { gpt2Of } from './weights.ts';
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
    "Of the seed's own workload (50 tokens), the cache is worth twenty times, of thirty that counting operations promises; logits of one token in place of all less than a tenth. Nothing allocated, in place of 90 kB a token, is worth a third, and SIMD eight times on top.",
    'As one WASM call for the whole generation it gives 30,000 tokens a second on one thread, a few per cent more than a call a token. A second thread makes it four times slower: they meet twelve times a token.',
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
  reference: ({ model, prompt }, { tokens }) => expected(model, [generate(model, prompt, tokens)]),
  tolerance: FLOAT32,
  work: ({ model, prompt, tokens }) => generateWork(configOf(model), prompt, tokens),
  where({ model }, { tokens }, index) {
    const { vocabulary } = model.config;
    const step = Math.floor(index / vocabulary);
    return step < tokens
      ? `step ${step}, token ${index % vocabulary}`
      : `choice of step ${index - tokens * vocabulary}`;
  },
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
  ],
});
