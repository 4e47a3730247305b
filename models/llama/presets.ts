/** Llamas with random weights, in the sizes of models that people run. */
import { rng } from '../../kernels/lib/rng.ts';
import type { GgufValue } from '../gguf/format.ts';
import { type GgmlType, isGgmlType, tensorBytes } from '../gguf/types.ts';
import { randomWeights } from '../gguf/weights.ts';
import { HEAD, type LlamaConfig, tensorsOf } from './config.ts';
import type { ModelShape } from './input.ts';
import { type LlamaWeights, weightsOf } from './weights.ts';
import type { ModelSizes } from './work.ts';

interface Preset {
  readonly config: LlamaConfig;
  /** Whether the embedding is also the head. */
  readonly tied: boolean;
}

const PRESETS: Readonly<Record<string, Preset>> = {
  tiny: {
    tied: true,
    config: {
      ...{ layers: 3, width: 256, ffn: 768, heads: 4, kvHeads: 2, headSize: 64 },
      ...{ vocabulary: 259, context: 1024, epsilon: 1e-5, ropeBase: 10_000 },
    },
  },
  'smollm2-135m': {
    tied: true,
    config: {
      ...{ layers: 30, width: 576, ffn: 1536, heads: 9, kvHeads: 3, headSize: 64 },
      ...{ vocabulary: 49_152, context: 8192, epsilon: 1e-5, ropeBase: 100_000 },
    },
  },
};

function presetOf({ model, quant }: ModelShape): Preset & { readonly type: GgmlType } {
  const preset = PRESETS[model];
  if (!preset) throw new Error(`there is no model "${model}"; there are ${Object.keys(PRESETS).join(', ')}`);
  if (!isGgmlType(quant)) throw new Error(`"${quant}" is no type of tensors`);
  return { ...preset, type: quant };
}

const presentIn = ({ config, tied }: Preset) =>
  tensorsOf(config).filter(([name]) => !(tied && name === HEAD));

export function presetSizes(shape: ModelShape): ModelSizes {
  const preset = presetOf(shape);
  const weightBytes = presentIn(preset)
    .filter(([name]) => preset.tied || name !== 'token_embd.weight')
    .reduce((sum, [, dims]) => sum + tensorBytes(dims.length === 1 ? 'f32' : preset.type, dims), 0);
  return { config: preset.config, weightBytes };
}

/** Norms around 1 in float32, matrices around 0 in `quant`. */
export function openPreset(shape: ModelShape): Promise<LlamaWeights> {
  const preset = presetOf(shape);
  const random = rng(shape.model);
  const { config, type } = preset;
  const u32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const f32 = (value: number): GgufValue => ({ type: 'float32', value });
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['llama.block_count', u32(config.layers)],
    ['llama.context_length', u32(config.context)],
    ['llama.embedding_length', u32(config.width)],
    ['llama.feed_forward_length', u32(config.ffn)],
    ['llama.attention.head_count', u32(config.heads)],
    ['llama.attention.head_count_kv', u32(config.kvHeads)],
    ['llama.attention.layer_norm_rms_epsilon', f32(config.epsilon)],
    ['llama.rope.freq_base', f32(config.ropeBase)],
    // What llama.cpp asks for of a file without a tokenizer.
    ['llama.vocab_size', u32(config.vocabulary)],
    ['tokenizer.ggml.model', { type: 'string', value: 'no_vocab' }],
  ]);
  const tensors = presentIn(preset).map(([name, dims]) =>
    dims.length === 1 ? randomWeights(name, 'f32', dims, random, 1) : randomWeights(name, type, dims, random),
  );
  return weightsOf(`${shape.model} ${shape.quant}`, { metadata, tensors });
}
