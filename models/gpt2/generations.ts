/** Prompts whose generations are certain. For inputs; no variant imports this file. */
import type { Rng } from '../../kernels/lib/rng.ts';
import { isCertain } from '../lib/expected.ts';
import { generate } from './reference.ts';
import type { Gpt2Model } from './weights.ts';

/** A prompt of random tokens that no step continues by a near tie: rounding cannot change a token. */
export function promptWithoutTies(model: Gpt2Model, length: number, tokens: number, rng: Rng): Int32Array {
  while (true) {
    const prompt = Int32Array.from({ length }, () => rng.integer(model.config.vocabulary));
    if (isCertain(generate(model, prompt, tokens))) return prompt;
  }
}
