import { defineVariant } from '../../kernels/kernel.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { hidden, type LayerCache, lastLogits } from './forward.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import { positionsOf } from './work.ts';

/** Grows by concatenation: every token copies all that came before. */
export function concatenated(): LayerCache {
  let all = { keys: new Float32Array(0), values: new Float32Array(0) };
  const joined = (a: Float32Array, b: Float32Array) => {
    const out = new Float32Array(a.length + b.length);
    out.set(a);
    out.set(b, a.length);
    return out;
  };
  return {
    append({ keys, values }) {
      all = { keys: joined(all.keys, keys), values: joined(all.values, values) };
      return all;
    },
  };
}

/** Keys and values of one layer with room for `capacity` positions of `width` elements. */
export class Slab implements LayerCache {
  readonly #keys: Float32Array;
  readonly #values: Float32Array;
  #used = 0;

  constructor(capacity: number, width: number) {
    this.#keys = new Float32Array(capacity * width);
    this.#values = new Float32Array(capacity * width);
  }

  /** @throws RangeError where there is no more room */
  append({ keys, values }: Parameters<LayerCache['append']>[0]): ReturnType<LayerCache['append']> {
    this.#keys.set(keys, this.#used);
    this.#values.set(values, this.#used);
    this.#used += keys.length;
    return { keys: this.#keys.subarray(0, this.#used), values: this.#values.subarray(0, this.#used) };
  }

  /** Forgets all but the first `length` elements. */
  keep(length: number): void {
    this.#used = Math.min(this.#used, length);
  }
}

/** A generation that gives each token to the model once. `begin` makes the caches empty. */
const caching = (
  name: string,
  ledger: readonly string[],
  idea: string,
  cacheOf: (layers: number, capacity: number, width: number) => { begin(): readonly LayerCache[] },
) =>
  defineVariant<GenerateInput, GenerateShape>({
    name,
    backend: 'js',
    idea,
    ledger,
    prepare(input, { tokens }, { scopes }) {
      const { prompt } = input;
      const model = input.model.tracedBy(scopes);
      const { layers, width } = model.config;
      const output = new Output(model.config, tokens);
      const kept = cacheOf(layers, positionsOf(prompt.length, tokens), width);
      return jsGeneration(output, () => {
        const cache = kept.begin();
        let logits = lastLogits(model, hidden(model, prompt, 0, cache));
        for (let i = 0; ; i++) {
          const token = output.choose(i, logits);
          if (i === tokens - 1) return;
          logits = lastLogits(model, hidden(model, Int32Array.of(token), prompt.length + i, cache));
        }
      });
    },
  });

export const cacheConcat = caching(
  'cache-concat',
  ['S2-32', 'S2-33', 'S3-19', 'S3-20', 'S3-21', 'S4-19'],
  'keys and values of earlier tokens are kept and grow by concatenation: each token goes through the model once, and all of the cache is copied for each',
  (layers) => ({ begin: () => Array.from({ length: layers }, concatenated) }),
);

export const cacheSlab = caching(
  'cache-slab',
  ['S2-33', 'S3-22', 'S4-20', 'S4-24'],
  'keys and values are appended to arrays that have room for all: nothing is copied again',
  (layers, capacity, width) => {
    const slabs = Array.from({ length: layers }, () => new Slab(capacity, width));
    return {
      begin() {
        for (const slab of slabs) slab.keep(0);
        return slabs;
      },
    };
  },
);
