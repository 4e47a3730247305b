import { defineVariant } from '../../kernels/kernel.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { Slab } from './cached.ts';
import { hidden, lastLogits } from './forward.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import type { Gpt2Model } from './weights.ts';
import { positionsOf } from './work.ts';

/** The hash of a sequence from that of all but its last token. */
export type Hash = (before: number, token: number) => number;

const SEED = 0x811c9dc5;
/** FNV-1a, over tokens in place of bytes. */
const fnv1a: Hash = (before, token) => Math.imul(before ^ token, 0x01000193);

/**
 * Which tokens a cache holds, found by the hash of each of their prefixes. A hash alone proves nothing: the tokens are compared too, and
 * what a collision brings is a miss. It counts how many tokens were asked for and how many of them needed no work.
 */
export class Prefixes {
  needed = 0;
  reused = 0;
  readonly #hash: Hash;
  readonly #tokens: number[] = [];
  /** Of the first i + 1 tokens. */
  readonly #hashes: number[] = [];
  readonly #lengths = new Map<number, number>();

  constructor(hash: Hash = fnv1a) {
    this.#hash = hash;
  }

  /**
   * How many tokens at the start of `context` are held; at most all but the last, whose logits are asked for. What is held behind them is
   * forgotten, and the rest of `context` is held from now on: the caller computes it.
   */
  reuse(context: Int32Array): number {
    const found = this.#longest(context);
    let same = 0;
    while (same < found && this.#tokens[same] === context[same]) same++;
    this.#forget(same);
    for (let i = same; i < context.length; i++) this.#add(context[i]!);
    this.needed += context.length;
    this.reused += same;
    return same;
  }

  clear(): void {
    this.#forget(0);
    this.needed = 0;
    this.reused = 0;
  }

  #longest(context: Int32Array): number {
    let hash = SEED;
    let longest = 0;
    for (let i = 0; i < context.length - 1; i++) {
      hash = this.#hash(hash, context[i]!);
      if (this.#lengths.get(hash) === i + 1) longest = i + 1;
    }
    return longest;
  }

  #forget(from: number): void {
    for (const hash of this.#hashes.splice(from)) this.#lengths.delete(hash);
    this.#tokens.length = from;
  }

  #add(token: number): void {
    const hash = this.#hash(this.#hashes.at(-1) ?? SEED, token);
    this.#tokens.push(token);
    this.#hashes.push(hash);
    this.#lengths.set(hash, this.#tokens.length);
  }
}

/** A model that is asked for logits with the whole context each time, and computes what it has not seen the last time. */
export class PrefixModel {
  readonly prefixes: Prefixes;
  readonly #model: Gpt2Model;
  readonly #slabs: readonly Slab[];

  constructor(model: Gpt2Model, capacity: number, prefixes = new Prefixes()) {
    const { layers, width } = model.config;
    this.#model = model;
    this.prefixes = prefixes;
    this.#slabs = Array.from({ length: layers }, () => new Slab(capacity, width));
  }

  /** Of the token after `context`. @throws RangeError where it is longer than the capacity */
  logits(context: Int32Array): Float32Array {
    const kept = this.prefixes.reuse(context);
    for (const slab of this.#slabs) slab.keep(kept * this.#model.config.width);
    return lastLogits(this.#model, hidden(this.#model, context.subarray(kept), kept, this.#slabs));
  }
}

export const prefixReuse = defineVariant<GenerateInput, GenerateShape>({
  name: 'prefix-reuse',
  backend: 'js',
  idea: 'whoever asks gives the whole context each time; the part that the cache holds is found by a hash, compared, and not computed again',
  ledger: ['S4-22', 'S4-23'],
  prepare(input, { tokens }, { scopes }) {
    const { prompt } = input;
    const model = input.model.tracedBy(scopes);
    const output = new Output(model.config, tokens);
    const gpt2 = new PrefixModel(model, positionsOf(prompt.length, tokens));
    const generation = jsGeneration(output, () => {
      // A generation begins with nothing held: another one would find all of the one before.
      gpt2.prefixes.clear();
      const context = new Int32Array(prompt.length + tokens);
      context.set(prompt);
      for (let i = 0; i < tokens; i++) {
        const length = prompt.length + i;
        context[length] = output.choose(i, gpt2.logits(context.subarray(0, length)));
      }
    });
    return { ...generation, hitRate: () => gpt2.prefixes.reused / gpt2.prefixes.needed };
  },
});
