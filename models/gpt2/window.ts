import { defineVariant, type Variant } from '../../kernels/kernel.ts';
import { jsVariant } from '../../kernels/lib/js.ts';
import { configOf } from './config.ts';
import { hidden, type LayerCache, lastLogits } from './forward.ts';
import { Gpt2Wasm } from './simd.ts';
import type { Gpt2Model } from './weights.ts';
import { generateWork } from './work.ts';

/** The model, and how many tokens' logits are asked for, each after a window of the model's whole context. */
export type WindowShape = { readonly model: string; readonly tokens: number };

export interface WindowInput {
  readonly model: Gpt2Model;
  /** The text that passes by, one token a step: `[context + tokens − 1]`. */
  readonly text: Int32Array;
}

/** A variant in plain JavaScript: `start` gives what computes the logits of step `i`. */
const js = (
  name: string,
  idea: string,
  start: (input: WindowInput) => (i: number) => Float32Array,
  exhibit?: Pick<Variant<WindowInput, WindowShape>, 'exhibit' | 'tolerance' | 'ops'>,
) =>
  defineVariant<WindowInput, WindowShape>({
    name,
    backend: 'js',
    idea,
    ...exhibit,
    prepare(input, { tokens }) {
      const { vocabulary } = input.model.config;
      return jsVariant(tokens * vocabulary, (out) => {
        const logits = start(input);
        for (let i = 0; i < tokens; i++) out.set(logits(i), i * vocabulary);
      });
    },
  });

const naive = js(
  'naive',
  'the whole window again for each token: every token of it stands at another position than before',
  ({ model, text }) =>
    (i) =>
      lastLogits(model, hidden(model, text.subarray(i, i + model.config.context))),
);

/** The last `capacity` positions of a layer: those that come push the oldest out. */
class SlidingCache implements LayerCache {
  readonly #capacity: number;
  #keys: Float32Array = new Float32Array(0);
  #values: Float32Array = new Float32Array(0);

  /** @param capacity in elements */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  append({ keys, values }: Parameters<LayerCache['append']>[0]): ReturnType<LayerCache['append']> {
    this.#keys = this.#last(this.#keys, keys);
    this.#values = this.#last(this.#values, values);
    return { keys: this.#keys, values: this.#values };
  }

  #last(before: Float32Array, added: Float32Array): Float32Array {
    const kept = before.subarray(Math.max(0, before.length + added.length - this.#capacity));
    const out = new Float32Array(kept.length + added.length);
    out.set(kept);
    out.set(added, kept.length);
    return out;
  }
}

const evict = js(
  'evict',
  'a cache whose oldest entries leave as the window slides: those that stay were computed at the positions before, and no learned position is like the next',
  ({ model, text }) => {
    const { context, layers, width } = model.config;
    const cache = Array.from({ length: layers }, () => new SlidingCache(context * width));
    return (i) =>
      lastLogits(
        model,
        i === 0
          ? hidden(model, text.subarray(0, context), 0, cache)
          : hidden(model, text.subarray(context + i - 1, context + i), context - 1, cache),
      );
  },
  {
    exhibit: true,
    ops: ({ model, tokens }) => {
      const config = configOf(model);
      const flops = (prompt: number) => generateWork(config, prompt, 1).flops;
      const head = 2 * config.vocabulary * config.width;
      // Behind the first, each token is the last one of a window, and has its own logits.
      return (
        flops(config.context) + (tokens - 1) * (flops(config.context) - flops(config.context - 1) + head)
      );
    },
    tolerance: {
      metric: 'nmse',
      bound: 0.6,
      why: 'right until the window slides; then off by a fiftieth of the power of the logits, and more with each token: by two fifths, and with another choice every second time, when the window has gone by once (w-sm-std). The cases end before that, and were found to come to 0.05 to 0.3 as a whole',
    },
  },
);

const simd = defineVariant<WindowInput, WindowShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the whole window again for each token, as one batch in one WASM call',
  async prepare({ model, text }, { tokens }, host) {
    const { context, vocabulary } = model.config;
    const gpt2 = await Gpt2Wasm.load({ model, prompts: [text.subarray(0, context)] }, 1, host, false);
    const out = new Float32Array(tokens * vocabulary).fill(Number.NaN);
    return {
      run() {
        for (let i = 0; i < tokens; i++) {
          gpt2.prompt(text, i, context);
          gpt2.step(0);
          out.set(gpt2.logits(), i * vocabulary);
        }
      },
      read: () => out.slice(),
      poison: (value) => out.fill(value),
      dispose: () => gpt2.dispose(),
    };
  },
});

export const windowVariants = [naive, evict, simd];
