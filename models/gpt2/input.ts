/** What a generation is given: common to the kernel and its variants. */
import type { Gpt2Model } from './weights.ts';

/** The model, the tokens of the prompt, and how many are generated. */
export type GenerateShape = { readonly model: string; readonly prompt: number; readonly tokens: number };

export interface GenerateInput {
  readonly model: Gpt2Model;
  readonly prompt: Int32Array;
}
