/**
 * Speculative decoding (Leviathan, Kalman & Matias, "Fast inference from transformers via speculative decoding", 2023), greedy: a cheap model
 * guesses several tokens, the real one reads them all in one pass, and what it would have said itself is kept. It pays where a pass takes as
 * long as reading the weights does, of one token or of five: of a model that is larger than the caches. The text is the real model's own; its
 * logits differ by how sums of one token and of several round.
 */
import { indexOfLargest } from '../../kernels/sample/draw.ts';
import type { LlamaWasm } from './simd.ts';

/** Takes the logits of a step, which begin at `from`, and chooses its token. */
export type Choose = (step: number, logits: Float32Array, from?: number) => number;

export class Speculation {
  /** Of the latest generation: tokens that were guessed, how many of them were right, and passes of the real model behind the prompt. */
  drafted = 0;
  accepted = 0;
  passes = 0;
  readonly #target: LlamaWasm;
  readonly #draft: LlamaWasm;
  readonly #length: number;
  /** The text so far; and the token that goes through the real model next, with guesses behind it. */
  readonly #text: Int32Array;
  readonly #guess: Int32Array;

  /**
   * @param target loaded with `every`, and a batch of at least length + 1
   * @param draft of the same tokens
   * @param length guesses a pass, at most
   */
  constructor(target: LlamaWasm, draft: LlamaWasm, length: number) {
    if (target.config.vocabulary !== draft.config.vocabulary)
      throw new RangeError(
        `a draft of ${draft.config.vocabulary} tokens for a model of ${target.config.vocabulary}`,
      );
    this.#target = target;
    this.#draft = draft;
    this.#length = length;
    this.#text = new Int32Array(target.capacity + 1);
    this.#guess = new Int32Array(length + 1);
  }

  /** `tokens` tokens behind a prompt; both caches have room for all but the last. */
  generate(prompt: Int32Array, tokens: number, choose: Choose): void {
    this.drafted = this.accepted = this.passes = 0;
    const text = this.#text;
    text.set(prompt);
    prefill(this.#target, prompt);
    prefill(this.#draft, prompt);
    text[prompt.length] = choose(0, this.#target.logits());
    /** Tokens of the text that the draft's cache has. */
    let seen = prompt.length;
    for (let made = 1; made < tokens; ) {
      // A pass gives one token more than guesses are right.
      const count = Math.min(this.#length, tokens - made - 1);
      const last = prompt.length + made - 1;
      if (count > 0) this.#guessFrom(seen, last, count);
      else this.#guess[0] = text[last]!;
      const given = this.#check(last, count, made, choose);
      // What the caches have beyond the text is wrong: the next passes write over it.
      seen = Math.min(last + count, last + given);
      made += given;
    }
  }

  /** `count` guesses behind the text's token at `last`, of which the draft's cache has `seen`. */
  #guessFrom(seen: number, last: number, count: number): void {
    const { vocabulary } = this.#draft.config;
    const guess = this.#guess;
    guess[0] = this.#text[last]!;
    for (let at = seen; at < last; at++) this.#draft.decode(this.#text[at]!, at);
    for (let i = 0; i < count; i++) {
      this.#draft.decode(guess[i]!, last + i);
      guess[i + 1] = indexOfLargest(this.#draft.logits(), 0, vocabulary);
    }
    this.drafted += count;
  }

  /** @returns how many tokens of the text this pass has given: as many guesses as are right, and the one behind them */
  #check(last: number, count: number, made: number, choose: Choose): number {
    const { vocabulary } = this.#target.config;
    const logits = this.#target.verify(this.#guess.subarray(0, count + 1), last);
    this.passes++;
    for (let i = 0; ; i++) {
      const token = choose(made + i, logits, i * vocabulary);
      this.#text[last + i + 1] = token;
      if (i === count || token !== this.#guess[i + 1]) return i + 1;
      this.accepted++;
    }
  }
}

/** From an empty cache, in as many pieces as it takes. */
export function prefill(llama: LlamaWasm, prompt: Int32Array): void {
  for (let at = 0; at < prompt.length; at += llama.batch)
    llama.prefill(prompt.subarray(at, at + llama.batch), at);
}
