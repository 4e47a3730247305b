import { defineKernel, defineVariant, type Prepared } from '../../kernels/kernel.ts';
import { expected, placeOf } from '../lib/expected.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import type { LlamaModel, ModelShape } from './input.ts';
import { KEPT, LlamaJs, type PlacedCache, slab } from './js.ts';
import { PAGE, PagedSequence, PagePool } from './paged.ts';
import { fits, modelOf, promptWithoutTies, sizesOf } from './prompts.ts';
import { generate } from './reference.ts';
import { FLOAT32, passWork } from './work.ts';

/** The model, the format of its matrices, how many texts, tokens that all begin with, and how many are generated for each. */
export type BranchShape = ModelShape & {
  readonly branches: number;
  readonly prompt: number;
  readonly tokens: number;
};

export interface BranchInput {
  readonly model: LlamaModel;
  readonly prompt: Int32Array;
  /** The token with which each text leaves the prompt. */
  readonly first: Int32Array;
}

/** Positions of one text: of the last token nothing is kept. */
const positionsOf = ({ prompt, tokens }: { prompt: number; tokens: number }) => prompt + tokens;

/** What a variant begins each run with: caches of all texts, into which it has put the prompt. */
interface Beginning {
  caches(): readonly PlacedCache[];
  /** Bytes that caches hold, after a run. */
  bytes(): number;
}

const branching = (
  name: string,
  idea: string,
  ledger: readonly string[],
  begin: (llama: LlamaJs, input: BranchInput, shape: BranchShape) => Beginning,
) =>
  defineVariant<BranchInput, BranchShape>({
    ...{ name, backend: 'js', idea, ledger },
    async prepare(input, shape): Promise<Prepared<BranchInput>> {
      const { model, prompt, first } = input;
      const { config } = model.weights;
      const output = new Output(config, shape.branches * shape.tokens);
      // A slab of no room: each variant brings its own caches.
      const llama = await LlamaJs.load(model.weights, positionsOf(shape), KEPT, { cache: slab(config, 0) });
      const beginning = begin(llama, input, shape);
      const run = () => {
        const caches = beginning.caches();
        const next = Int32Array.from(first);
        // All texts grow together, as they do where several are asked for at once.
        for (let i = 0; i < shape.tokens; i++) {
          for (const [b, cache] of caches.entries()) {
            llama.cache = cache;
            llama.decode(next[b]!, prompt.length + i);
            next[b] = output.choose(b * shape.tokens + i, llama.logits);
          }
        }
      };
      const note = () => `keys and values of ${shape.branches} texts: ${beginning.bytes()} bytes`;
      return { ...jsGeneration(output, run), note };
    },
  });

/** The prompt through the model, without logits. */
function read(llama: LlamaJs, prompt: Int32Array, cache: PlacedCache): void {
  llama.cache = cache;
  for (let t = 0; t < prompt.length; t++) llama.decode(prompt[t]!, t, false);
}

const bytesOf = (caches: readonly PlacedCache[]) =>
  caches.reduce(
    (sum, { layers }) =>
      sum + layers.reduce((all, { keys, values }) => all + keys.byteLength + values.byteLength, 0),
    0,
  );

const slabs = (llama: LlamaJs, shape: BranchShape) =>
  Array.from({ length: shape.branches }, () => slab(llama.config, positionsOf(shape)));

const naive = branching(
  'naive',
  'every text by itself: the prompt goes through the model once for each, into a cache that has room for all positions',
  [],
  (llama, { prompt }, shape) => {
    const caches = slabs(llama, shape);
    return {
      caches() {
        for (const cache of caches) read(llama, prompt, cache);
        return caches;
      },
      bytes: () => bytesOf(caches),
    };
  },
);

const copied = branching(
  'slab-copy',
  'the prompt goes through the model once; its keys and values are copied to the cache of every other text',
  ['S4-20'],
  (llama, { prompt }, shape) => {
    const caches = slabs(llama, shape);
    const length = prompt.length * llama.config.kvHeads * llama.config.headSize;
    return {
      caches() {
        const [first, ...others] = caches;
        read(llama, prompt, first!);
        for (const other of others) {
          for (const [l, { keys, values }] of first!.layers.entries()) {
            other.layers[l]!.keys.set(keys.subarray(0, length));
            other.layers[l]!.values.set(values.subarray(0, length));
          }
        }
        return caches;
      },
      bytes: () => bytesOf(caches),
    };
  },
);

/** Pages that all texts need: the whole ones of the prompt once, and what each has behind those. */
function pagesOf({ branches, prompt, tokens }: BranchShape): number {
  const shared = Math.floor(prompt / PAGE);
  return shared + branches * (Math.ceil((prompt + tokens) / PAGE) - shared);
}

const paged = branching(
  'paged',
  'the prompt goes through the model once; texts share its pages, and copy the last one, where it is not full, when they write to it',
  ['S4-57', 'S4-20'],
  (llama, { prompt }, shape) => {
    const pool = new PagePool(llama.config, pagesOf(shape));
    let texts: PagedSequence[] = [];
    return {
      caches() {
        for (const text of texts) text.truncate(0);
        const first = new PagedSequence(pool);
        read(llama, prompt, first);
        texts = [first, ...Array.from({ length: shape.branches - 1 }, () => first.fork())];
        return texts;
      },
      bytes: () => pool.used * pool.pageBytes,
    };
  },
);

/** Each text: the prompt, and its own first token. */
const textsOf = (prompt: Int32Array, first: Int32Array) =>
  Array.from(first, (token) => Int32Array.of(...prompt, token));

/**
 * Several texts that begin alike and leave their prompt with different tokens, continued greedily, all at once: what several answers to one
 * question, or a search, come to. Keys and values of the prompt are the same for all.
 */
export const llamaBranches = defineKernel<BranchInput, BranchShape>({
  name: 'llama-branches',
  kind: 'pipeline',
  formula:
    'tokens and their logits[branches, tokens, vocabulary], greedy, of texts that begin with one prompt and then differ',
  cases: [
    { shape: { model: 'tiny', quant: 'f32', branches: 1, prompt: 1, tokens: 1 }, from: 'edge: one text' },
    {
      shape: { model: 'tiny', quant: 'q8_0', branches: 3, prompt: 19, tokens: 15 },
      from: 'a page that is shared, and one that is copied',
    },
    {
      shape: { model: 'tiny', quant: 'f32', branches: 2, prompt: 32, tokens: 3 },
      from: 'whole pages: no copy',
    },
    {
      shape: { model: 'kjv-bytes', quant: 'f16', branches: 4, prompt: 100, tokens: 16 },
      from: 'the trained model, on text that it has not seen',
    },
  ],
  validate: (shape) =>
    fits('llama-branches', shape, positionsOf(shape), shape.branches, shape.prompt, shape.tokens),
  async inputs(shape, rng, host) {
    const model = await modelOf(shape, host);
    const { vocabulary } = model.weights.config;
    const from = rng.integer(vocabulary);
    const first = Int32Array.from({ length: shape.branches }, (_, b) => (from + b) % vocabulary);
    const prompt = await promptWithoutTies(model, shape, rng, host, (prompt) => textsOf(prompt, first));
    return { model, prompt, first };
  },
  reference: ({ model, prompt, first }, { tokens }) =>
    expected(
      model.weights.config.vocabulary,
      textsOf(prompt, first).map((text) => generate(model.tensors, text, tokens)),
    ),
  tolerance: FLOAT32,
  work(shape) {
    const { branches, prompt, tokens } = shape;
    const sizes = sizesOf(shape);
    const { vocabulary, width } = sizes.config;
    const begin = passWork(sizes, prompt, 0);
    let { flops } = begin;
    // No logits of the prompt are asked for.
    flops -= 2 * width * vocabulary;
    for (let i = 0; i < tokens; i++) flops += branches * passWork(sizes, 1, prompt + i).flops;
    return {
      flops,
      bytes: begin.bytes + 4 * vocabulary * (branches * tokens - 1),
      tokens: branches * tokens,
    };
  },
  where: ({ model }, { branches, tokens }, index) =>
    placeOf(model.weights.config.vocabulary, branches * tokens, index),
  variants: [naive, copied, paged],
});
