/** The pipelines of the Llama architecture, over presets with random weights or over a user's GGUF file. */
import type { Kernel } from '../../kernels/kernel.ts';
import type { Gguf } from '../gguf/reader.ts';
import { decodeOf } from './decode.ts';
import { casesOf, type ModelShape } from './input.ts';
import { latencyOf } from './latency.ts';
import { loadOf } from './load.ts';
import { prefillOf } from './prefill.ts';
import { openPreset, presetSizes } from './presets.ts';
import { LlamaWeights } from './weights.ts';

export { llamaBranches } from './branches.ts';
export { llamaGenerate } from './generation.ts';

const PRESETS = { open: openPreset, sizes: presetSizes };
const each = <S>(quants: readonly string[], model: string, more: readonly S[]) =>
  quants.flatMap((quant) => more.map((rest) => ({ model, quant, ...rest })));
const depths = (...all: readonly number[]) => all.map((depth) => ({ depth }));
const lengths = (...all: readonly number[]) => all.map((tokens) => ({ tokens }));

const FORMATS = ['f32', 'q8_0', 'q4_0', 'q4_k', 'q6_k'];
const SMOL = ['q8_0', 'q4_0'];

export const llamaDecode = decodeOf(PRESETS, [
  ...casesOf(each(FORMATS, 'tiny-256', depths(0, 5)), 'edge: an empty cache, and a short one'),
  ...casesOf(each(['q8_0'], 'tiny', depths(130)), 'a cache of more than a block of keys'),
  ...casesOf(each(SMOL, 'smollm2-135m', depths(0, 128, 512, 1024, 2048)), 'SmolLM2-135M', true),
]);

export const llamaPrefill = prefillOf(PRESETS, [
  ...casesOf(each(FORMATS, 'tiny-256', lengths(1, 7)), 'edge: one token, and a tile of rows + 1'),
  ...casesOf(each(['q8_0'], 'tiny', lengths(300)), 'more than a block of keys'),
  ...casesOf(each(SMOL, 'smollm2-135m', lengths(16, 128, 512)), 'SmolLM2-135M', true),
]);

const generation = (prompt: number, tokens: number) => ({ prompt, tokens });

export const llamaLatency = latencyOf(PRESETS, [
  ...casesOf(each(['f32', 'q8_0'], 'tiny-256', [generation(1, 1), generation(7, 5)]), 'edge: one token; odd'),
  ...casesOf(each(['q8_0'], 'tiny', [generation(130, 20)]), 'more than a block of keys'),
  ...casesOf(each(SMOL, 'smollm2-135m', [generation(128, 64)]), 'SmolLM2-135M', true),
]);

export const llamaLoad = loadOf(PRESETS, [
  ...casesOf(each(FORMATS, 'tiny-256', [{}]), 'edge: less than a piece'),
  ...casesOf(each(SMOL, 'smollm2-135m', [{}]), 'SmolLM2-135M', true),
]);

/**
 * The same pipelines on a file.
 * @param name stands for it in the names of cases
 * @param open opens it anew at each call
 * @throws GgufError where it is no Llama that these run
 */
export async function llamaOf(name: string, open: () => Promise<Gguf>): Promise<Kernel[]> {
  const gguf = await open();
  const { config, bytes, types } = new LlamaWeights(gguf);
  await gguf.close();
  const models = {
    open: async () => new LlamaWeights(await open()),
    sizes: () => ({ config, weightBytes: bytes, types }),
  };
  const shape = (rest: object) => ({ model: name, quant: 'file', ...rest });
  const fits = (n: number) => n < config.context;
  return [
    decodeOf(
      models,
      casesOf(
        [0, 128, 512].filter(fits).map((depth) => shape({ depth }) as ModelShape & { depth: number }),
        name,
      ),
    ),
    prefillOf(
      models,
      casesOf(
        [16, 128].filter(fits).map((tokens) => shape({ tokens }) as ModelShape & { tokens: number }),
        name,
      ),
    ),
    latencyOf(
      models,
      casesOf(
        [generation(16, 32)]
          .filter(({ prompt, tokens }) => fits(prompt + tokens))
          .map((rest) => shape(rest) as ModelShape & { prompt: number; tokens: number }),
        name,
      ),
    ),
    loadOf(models, casesOf([shape({}) as ModelShape], name)),
  ];
}
