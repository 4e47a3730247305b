/** What generations are given: a model, and a prompt that no step continues by a near tie. For inputs; no variant imports this file. */
import type { Host } from '../../kernels/kernel.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { isCertain } from '../lib/expected.ts';
import { type LlamaModel, type ModelShape, modelsOf, randomTokens } from './input.ts';
import { openPreset, presetSizes } from './presets.ts';
import { generate } from './reference.ts';
import { KJV, trainedModel, trainedPrompt, trainedSizes } from './trained.ts';
import type { ModelSizes } from './work.ts';

const presetOf = modelsOf(openPreset);

export const modelOf = (shape: ModelShape, host: Host): Promise<LlamaModel> =>
  shape.model === KJV ? trainedModel(host) : presetOf(shape, host);

export const sizesOf = (shape: ModelShape): ModelSizes =>
  shape.model === KJV ? trainedSizes(shape.quant) : presetSizes(shape);

/**
 * @param continued the texts that are continued greedily, made of a prompt: rounding must not change a token of any
 * @returns the prompt, drawn anew until that is so
 */
export async function promptWithoutTies(
  model: LlamaModel,
  shape: ModelShape & { readonly prompt: number; readonly tokens: number },
  rng: Rng,
  host: Host,
  continued: (prompt: Int32Array) => readonly Int32Array[] = (prompt) => [prompt],
): Promise<Int32Array> {
  while (true) {
    const prompt =
      shape.model === KJV
        ? await trainedPrompt(host, shape.prompt, rng)
        : randomTokens(model.weights.config, shape.prompt, rng);
    if (continued(prompt).every((text) => isCertain(generate(model.tensors, text, shape.tokens))))
      return prompt;
  }
}

/** @throws Error with one line where the positions that are needed are beyond the context */
export function fits(kernel: string, shape: ModelShape, positions: number, ...counts: number[]): void {
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 1))
    throw new Error(`${kernel}: ${counts.join(', ')} are no numbers of tokens and texts`);
  const { context } = sizesOf(shape).config;
  if (positions > context)
    throw new Error(`${kernel}: ${positions} positions are needed; ${shape.model} has ${context}`);
}
