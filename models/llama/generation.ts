import { type Backend, defineKernel, defineVariant, type Prepared } from '../../kernels/kernel.ts';
import type { Quant } from '../../kernels/lib/quant.ts';
import { expected, placeOf } from '../lib/expected.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { floats } from './decode.ts';
import { draftOf } from './draft.ts';
import type { LlamaModel, ModelShape } from './input.ts';
import { KEPT, LlamaJs } from './js.ts';
import { PAGE, PagedSequence, PagePool } from './paged.ts';
import { fits, modelOf, promptWithoutTies, sizesOf } from './prompts.ts';
import { generate } from './reference.ts';
import { LlamaWasm } from './simd.ts';
import { type Choose, prefill, Speculation } from './speculative.ts';
import { FLOAT32, generationWork } from './work.ts';

/** The model, the format of its matrices, tokens of the prompt, and how many are generated. */
export type GenerateShape = ModelShape & { readonly prompt: number; readonly tokens: number };

export interface GenerateInput {
  readonly model: LlamaModel;
  readonly prompt: Int32Array;
}

/** Positions whose keys and values a generation needs: the last token is given out and not read again. */
const positionsOf = ({ prompt, tokens }: { prompt: number; tokens: number }) => prompt + tokens - 1;

/** A generation whose model is made anew for each input. */
const generating = (
  name: string,
  backend: Backend,
  idea: string,
  ledger: readonly string[],
  start: (
    input: GenerateInput,
    shape: GenerateShape,
    host: Parameters<typeof LlamaWasm.load>[1],
  ) => Promise<{ generate(choose: Choose): void; note?(): string; dispose(): void }>,
) =>
  defineVariant<GenerateInput, GenerateShape>({
    ...{ name, backend, idea, ledger },
    ...(backend === 'js' ? {} : floats),
    async prepare(input, shape, host): Promise<Prepared<GenerateInput>> {
      const output = new Output(input.model.weights.config, shape.tokens);
      const choose: Choose = (step, logits, from) => output.choose(step, logits, from);
      const started = await start(input, shape, host);
      return {
        ...jsGeneration(output, () => started.generate(choose)),
        ...(started.note ? { note: () => started.note!() } : {}),
        dispose: () => started.dispose(),
      };
    },
  });

/** Token by token, the prompt's too. */
function generateJs(llama: LlamaJs, prompt: Int32Array, tokens: number, choose: Choose): void {
  for (let t = 0; t < prompt.length; t++) llama.decode(prompt[t]!, t, t === prompt.length - 1);
  for (let i = 0; ; i++) {
    const token = choose(i, llama.logits);
    if (i === tokens - 1) return;
    llama.decode(token, prompt.length + i);
  }
}

const naive = generating(
  'naive',
  'js',
  'plain loops over float32 weights and a cache that has room for all positions',
  [],
  async ({ model, prompt }, shape) => {
    const llama = await LlamaJs.load(model.weights, positionsOf(shape), KEPT);
    return { generate: (choose) => generateJs(llama, prompt, shape.tokens, choose), dispose() {} };
  },
);

const paged = generating(
  'paged',
  'js',
  'the same loops over a cache in pages, which the text takes one by one as it grows: for a single text nothing but what following a table costs',
  ['S4-57'],
  async ({ model, prompt }, shape) => {
    const { weights } = model;
    const pool = new PagePool(weights.config, Math.ceil(positionsOf(shape) / PAGE));
    const text = new PagedSequence(pool);
    const llama = await LlamaJs.load(weights, positionsOf(shape), KEPT, { cache: text });
    return {
      generate: (choose) => generateJs(llama, prompt, shape.tokens, choose),
      note() {
        const whole = (weights.config.context / PAGE) * pool.pageBytes;
        return `${pool.used} pages of ${PAGE} positions, ${pool.used * pool.pageBytes} bytes; a slab for the whole context has ${whole}`;
      },
      dispose() {},
    };
  },
);

const simd = generating(
  'simd-f32',
  'wasm',
  'the prompt as one WASM call, then one a token: products in float32',
  [],
  async ({ model, prompt }, shape, host) => {
    const options = { capacity: positionsOf(shape), batch: shape.prompt, exact: true };
    const llama = await LlamaWasm.load(model.weights, host, options);
    return {
      generate(choose) {
        prefill(llama, prompt);
        for (let i = 0; ; i++) {
          const token = choose(i, llama.logits());
          if (i === shape.tokens - 1) return;
          llama.decode(token, prompt.length + i);
        }
      },
      dispose: () => llama.dispose(),
    };
  },
);

/** Guesses by a draft that is made of the model: its first layers, or all, with matrices rounded to `type`. */
const speculative = (
  name: string,
  idea: string,
  length: number,
  type: Quant,
  layersOf: (layers: number) => number,
) =>
  generating(name, 'wasm', idea, ['X-9'], async ({ model, prompt }, shape, host) => {
    const { weights } = model;
    const capacity = positionsOf(shape);
    const draftWeights = await draftOf(weights, type, layersOf(weights.config.layers));
    const batch = Math.max(shape.prompt, length + 1);
    const target = await LlamaWasm.load(weights, host, { capacity, batch, exact: true, every: true });
    const draft = await LlamaWasm.load(draftWeights, host, { capacity, batch });
    const speculation = new Speculation(target, draft, length);
    return {
      generate: (choose) => speculation.generate(prompt, shape.tokens, choose),
      note() {
        const { drafted, accepted, passes } = speculation;
        const share = drafted > 0 ? ` (${Math.round((100 * accepted) / drafted)} %)` : '';
        return `accepted ${accepted} of ${drafted} guesses${share}: ${passes} passes of the model for ${shape.tokens} tokens`;
      },
      dispose() {
        draft.dispose();
        target.dispose();
      },
    };
  });

const speculativeExit = speculative(
  'speculative-exit',
  'the first layer of the model, in 8 bits, and its output guess two tokens that the model checks in one pass: no layer was trained to be the last, and two of five are right',
  2,
  'q8_0',
  () => 1,
);

const speculativeQ4 = speculative(
  'speculative-q4',
  'the model itself with weights of 4 bits and activations of 8 guesses five tokens that the model checks in one pass: nine of ten are right',
  5,
  'q4_0',
  (layers) => layers,
);

/**
 * Greedy generation in float32, from the prompt on. Each variant chooses its tokens itself and goes on with them; prompts whose continuation
 * has a near tie anywhere are drawn anew, so that rounding cannot change a token, and what comes out is the logits of every step and the
 * tokens: what is guessed must leave no trace in them. Random weights say nothing that could be guessed well: `kjv-bytes` is the model that
 * this project has trained, with prompts from text that it has not seen.
 */
export const llamaGenerate = defineKernel<GenerateInput, GenerateShape>({
  name: 'llama-generate',
  kind: 'pipeline',
  formula: 'tokens and their logits[tokens, vocabulary], greedy, behind a prompt',
  learned: [
    'Of the trained model a copy of 4 bits guesses about nine of ten rightly, five at a time, its first layer four of ten, two at a time; `npx zoo bench llama-generate` says how many, and that neither pays: 0.6 and 0.85 times the speed of a token a pass. The model is 9 MB in float32 and stays in cache: guessing is for models whose weights come from memory, once a pass.',
  ],
  cases: [
    { shape: { model: 'tiny', quant: 'f32', prompt: 1, tokens: 1 }, from: 'edge: one token of one' },
    { shape: { model: 'tiny', quant: 'f32', prompt: 7, tokens: 2 }, from: 'edge: one guess at most' },
    {
      shape: { model: 'tiny', quant: 'q8_0', prompt: 17, tokens: 16 },
      from: 'a page + 1, then a page of text',
    },
    {
      shape: { model: 'kjv-bytes', quant: 'f16', prompt: 32, tokens: 64 },
      from: 'the trained model, on text that it has not seen',
    },
  ],
  validate: (shape) => fits('llama-generate', shape, positionsOf(shape), shape.prompt, shape.tokens),
  async inputs(shape, rng, host) {
    const model = await modelOf(shape, host);
    return { model, prompt: await promptWithoutTies(model, shape, rng, host) };
  },
  reference: ({ model, prompt }, { tokens }) =>
    expected(model.weights.config.vocabulary, [generate(model.tensors, prompt, tokens)]),
  tolerance: FLOAT32,
  work: (shape) => generationWork(sizesOf(shape), shape.prompt, shape.tokens),
  where: ({ model }, { tokens }, index) => placeOf(model.weights.config.vocabulary, tokens, index),
  variants: [naive, paged, simd, speculativeExit, speculativeQ4],
});
