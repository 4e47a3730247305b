/** The presets with random weights (gguf/presets.ts), as models of the pipelines. */
import { isPreset, type LlamaShape, PRESETS, presetModel } from '../gguf/presets.ts';
import { isGgmlType, tensorBytes } from '../gguf/types.ts';
import type { GgufContent } from '../gguf/writer.ts';
import type { ModelShape } from './input.ts';
import { type LlamaWeights, weightsOf } from './weights.ts';
import type { ModelSizes } from './work.ts';

function contentOf({ model, quant }: ModelShape): { preset: LlamaShape; content: GgufContent } {
  if (!isPreset(model))
    throw new Error(`there is no model "${model}"; there are ${Object.keys(PRESETS).join(', ')}`);
  if (!isGgmlType(quant)) throw new Error(`"${quant}" is no type of tensors`);
  return { preset: PRESETS[model], content: presetModel({ preset: model, type: quant, seed: model }) };
}

/** Kept: a content makes up a vocabulary, and a plan asks for the sizes of each of its cells. */
const known = new Map<string, ModelSizes>();

/** Known without making a weight. */
export function presetSizes(shape: ModelShape): ModelSizes {
  const name = `${shape.model} ${shape.quant}`;
  const sizes = known.get(name) ?? sizesOf(shape);
  known.set(name, sizes);
  return sizes;
}

function sizesOf(shape: ModelShape): ModelSizes {
  const { preset, content } = contentOf(shape);
  const { d, heads, eps, tied, title: _, tokenizer: __, ...same } = preset;
  const read = content.tensors.filter(({ name }) => tied || name !== 'token_embd.weight');
  return {
    config: { ...same, width: d, heads, headSize: d / heads, epsilon: eps },
    weightBytes: read.reduce((sum, { type, dims }) => sum + tensorBytes(type, dims), 0),
    types: new Map(content.tensors.map(({ name, type }) => [name, type])),
  };
}

export function openPreset(shape: ModelShape): Promise<LlamaWeights> {
  return weightsOf(`${shape.model} ${shape.quant}`, contentOf(shape).content);
}
