import { attentionMasked } from '../../kernels/attention/masked.ts';
import { defineVariant, type Tolerance } from '../../kernels/kernel.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { Slab } from './cached.ts';
import { hidden, hiddenOf, type KeysAndValues, lastLogits, logitsOf } from './forward.ts';
import { Gpt2Wasm, wasmGeneration } from './simd.ts';
import type { Gpt2Model } from './weights.ts';
import { positionsOf } from './work.ts';

/** The model, sequences, tokens of the longest prompt, and how many are generated for each. */
export type BatchShape = {
  readonly model: string;
  readonly batch: number;
  readonly prompt: number;
  readonly tokens: number;
};

export interface BatchInput {
  readonly model: Gpt2Model;
  readonly prompts: readonly Int32Array[];
}

/** What is done for a generation of several sequences: logits of step `step`, `[batch, vocabulary]`, after the tokens that were chosen. */
type Step = (chosen: Int32Array) => Float32Array;

const batched = (
  name: string,
  idea: string,
  start: (input: BatchInput, tokens: number) => { prompts(): Float32Array; next: Step },
  more: { readonly ledger: readonly string[]; readonly exhibit?: true; readonly tolerance?: Tolerance },
) =>
  defineVariant<BatchInput, BatchShape>({
    name,
    backend: 'js',
    idea,
    ...more,
    prepare(input, { batch, tokens }) {
      const { vocabulary } = input.model.config;
      const output = new Output(input.model.config, batch * tokens);
      return jsGeneration(output, () => {
        const generation = start(input, tokens);
        const chosen = new Int32Array(batch);
        let logits = generation.prompts();
        for (let i = 0; ; i++) {
          for (let b = 0; b < batch; b++) chosen[b] = output.choose(b * tokens + i, logits, b * vocabulary);
          if (i === tokens - 1) return;
          logits = generation.next(chosen);
        }
      });
    },
  });

/** What a query must not see. Added to a score it leaves nothing of it. */
const HIDDEN = Number.NEGATIVE_INFINITY;

/**
 * `[T, S]` for the last T of S positions, of which the first `pad` are padding: 0 where query t sees key j. Padding sees itself, as a row
 * in which all is hidden would be NaN, and a value of NaN is not hidden by a weight of 0.
 */
export function paddedMask(T: number, S: number, pad: number): Float32Array {
  return Float32Array.from({ length: T * S }, (_, i) => {
    const own = S - T + Math.floor(i / S);
    const j = i % S;
    return j === own || (j < own && j >= pad) ? 0 : HIDDEN;
  });
}

/** Sequences of equal length, made so by `padding`, through the model together. */
class PaddedBatch {
  readonly #model: Gpt2Model;
  readonly #prompts: readonly Int32Array[];
  readonly #left: boolean;
  readonly #length: number;
  readonly #slabs: readonly (readonly Slab[])[];
  #position: number;

  constructor({ model, prompts }: BatchInput, tokens: number, padding: 'left' | 'right') {
    const { layers, width } = model.config;
    this.#model = model;
    this.#prompts = prompts;
    this.#left = padding === 'left';
    this.#length = Math.max(...prompts.map(({ length }) => length));
    this.#position = this.#length;
    const capacity = positionsOf(this.#length, tokens);
    this.#slabs = Array.from({ length: layers }, () => prompts.map(() => new Slab(capacity, width)));
  }

  prompts(): Float32Array {
    const T = this.#length;
    const ids = new Int32Array(this.#prompts.length * T);
    for (const [b, prompt] of this.#prompts.entries())
      ids.set(prompt, b * T + (this.#left ? T - prompt.length : 0));
    return this.#pass(ids, 0);
  }

  next(chosen: Int32Array): Float32Array {
    return this.#pass(chosen, this.#position++);
  }

  /** Places before the first token of a sequence. */
  #pad(b: number): number {
    return this.#left ? this.#length - this.#prompts[b]!.length : 0;
  }

  /** Logits of the last of `ids`, `[batch, T]`, of each sequence. */
  #pass(ids: Int32Array, place: number): Float32Array {
    const { width } = this.#model.config;
    const T = ids.length / this.#prompts.length;
    const positions = Int32Array.from(ids, (_, i) =>
      Math.max(0, place + (i % T) - this.#pad(Math.floor(i / T))),
    );
    const x = hiddenOf(this.#model, ids, positions, (l, q, added) => this.#attend(l, q, added, T));
    const last = new Float32Array(this.#prompts.length * width);
    for (let b = 0; b < this.#prompts.length; b++)
      last.set(x.subarray(((b + 1) * T - 1) * width, (b + 1) * T * width), b * width);
    return logitsOf(this.#model, last);
  }

  /** Each sequence over its own keys. */
  #attend(l: number, q: Float32Array, { keys, values }: KeysAndValues, T: number): Float32Array {
    const { width, heads: H } = this.#model.config;
    const D = width / H;
    const out = new Float32Array(q.length);
    for (let b = 0; b < this.#prompts.length; b++) {
      const own = (array: Float32Array) => array.subarray(b * T * width, (b + 1) * T * width);
      const { keys: k, values: v } = this.#slabs[l]![b]!.append({ keys: own(keys), values: own(values) });
      const S = k.length / width;
      const mask = paddedMask(T, S, this.#pad(b));
      const shape = { T, S, H, G: H, D };
      attentionMasked({ q: own(q), k, v }, own(out), shape, mask, 1 / Math.sqrt(D), new Float32Array(S));
    }
    return out;
  }
}

const naive = batched(
  'naive',
  'one sequence after the other, each with a cache of its own: no padding',
  ({ model, prompts }, tokens) => {
    const { layers, width, vocabulary } = model.config;
    const slabs = prompts.map(({ length }) =>
      Array.from({ length: layers }, () => new Slab(positionsOf(length, tokens), width)),
    );
    const positions = prompts.map(({ length }) => length);
    const logits = new Float32Array(prompts.length * vocabulary);
    const put = (b: number, ids: Int32Array, position: number) =>
      logits.set(lastLogits(model, hidden(model, ids, position, slabs[b])), b * vocabulary);
    return {
      prompts() {
        for (const [b, prompt] of prompts.entries()) put(b, prompt, 0);
        return logits;
      },
      next(chosen) {
        for (let b = 0; b < prompts.length; b++) put(b, chosen.subarray(b, b + 1), positions[b]!++);
        return logits;
      },
    };
  },
  { ledger: ['S3-43'] },
);

const leftPad = batched(
  'left-pad',
  'all sequences as rows of the same products, shorter prompts filled up in front: a mask hides what fills, and positions count from the first token',
  (input, tokens) => {
    const batch = new PaddedBatch(input, tokens, 'left');
    return { prompts: () => batch.prompts(), next: (chosen) => batch.next(chosen) };
  },
  { ledger: ['S3-44'] },
);

const rightPad = batched(
  'right-pad',
  'shorter prompts filled up behind, and no mask: their logits are those after the filling, which they see',
  (input, tokens) => {
    const batch = new PaddedBatch(input, tokens, 'right');
    return { prompts: () => batch.prompts(), next: (chosen) => batch.next(chosen) };
  },
  {
    ledger: ['S3-44'],
    exhibit: true,
    tolerance: {
      metric: 'scaled',
      bound: Number.POSITIVE_INFINITY,
      why: 'only the longest prompt is right: all others are continued with the text that fills them up',
    },
  },
);

const wasm = (name: string, idea: string, threaded: boolean) =>
  defineVariant<BatchInput, BatchShape>({
    name,
    backend: threaded ? 'wasm-threads' : 'wasm',
    idea,
    prepare: (input, { tokens }, host) =>
      wasmGeneration(input, tokens, host, { threaded, run: (gpt2) => gpt2.generate() }),
  });

/** The sequences of a batch by themselves, for what batching is worth. */
const simdSequential = defineVariant<BatchInput, BatchShape>({
  name: 'simd-sequential',
  backend: 'wasm',
  idea: 'one sequence after the other, each as one WASM call',
  async prepare({ model, prompts }, { tokens }, host) {
    const gpt2 = await Gpt2Wasm.load({ model, prompts: [prompts[0]!] }, tokens, host, false);
    const output = new Output(model.config, prompts.length * tokens);
    const run = () => {
      for (let b = 0; b < prompts.length; b++) {
        gpt2.prompt(prompts[b]!, 0, prompts[b]!.length);
        gpt2.generate();
        output.logits.set(gpt2.logits(), b * tokens * model.config.vocabulary);
        for (let i = 0; i < tokens; i++) output.tokens[b * tokens + i] = gpt2.chosen(i);
      }
    };
    return { ...jsGeneration(output, run), dispose: () => gpt2.dispose() };
  },
});

const simd = wasm(
  'simd',
  'one WASM call for all: sequences are rows of the same products, so that a weight is read once for all of them, and each attends to a cache of its own: nothing is filled up',
  false,
);

const simdThreads = wasm(
  'simd-threads',
  'that on all threads, which share the columns of products and the sequences of attention',
  true,
);

export const batchVariants = [naive, leftPad, rightPad, simdSequential, simd, simdThreads];
