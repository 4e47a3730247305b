/**
 * Models of the Llama architecture with random weights: names, shapes and hyperparameters as llama.cpp's converter writes them,
 * and a vocabulary of the right size. llama.cpp loads and runs them.
 */
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { tensorsOf } from '../llama/config.ts';
import { byteTokenizer } from '../tokenizers/bytes.ts';
import { madeUpBpe, madeUpPieces } from '../tokenizers/made-up.ts';
import type { GgufValue } from './format.ts';
import { GGML_TYPES, type GgmlType } from './types.ts';
import { randomWeights } from './weights.ts';
import type { GgufContent, GgufTensor } from './writer.ts';

export interface LlamaShape {
  readonly title: string;
  readonly layers: number;
  /** Width of the residual stream. */
  readonly d: number;
  readonly heads: number;
  /** Each is shared by heads / kvHeads heads. */
  readonly kvHeads: number;
  readonly ffn: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly ropeBase: number;
  /** Added to the mean of squares in RMSNorm. */
  readonly eps: number;
  /** The embedding is also the output matrix. */
  readonly tied: boolean;
  /** Metadata of a tokenizer with so many tokens. */
  readonly tokenizer: (size: number) => [string, GgufValue][];
}

export const PRESETS = {
  /** Every width is small; formats of 256 weights a block only fit the rows of `ffn_down`. */
  tiny: {
    title: 'Tiny',
    layers: 2,
    d: 64,
    heads: 4,
    kvHeads: 2,
    ffn: 256,
    vocabulary: 258,
    context: 512,
    ropeBase: 10_000,
    eps: 1e-5,
    tied: true,
    tokenizer: byteTokenizer,
  },
  /** The smallest whose matrices can be of every type. */
  'tiny-256': {
    title: 'Tiny 256',
    layers: 2,
    d: 256,
    heads: 4,
    kvHeads: 2,
    ffn: 512,
    vocabulary: 258,
    context: 2048,
    ropeBase: 10_000,
    eps: 1e-5,
    tied: false,
    tokenizer: byteTokenizer,
  },
  /** https://huggingface.co/HuggingFaceTB/SmolLM2-135M, config.json */
  'smollm2-135m': {
    title: 'SmolLM2 135M',
    layers: 30,
    d: 576,
    heads: 9,
    kvHeads: 3,
    ffn: 1536,
    vocabulary: 49_152,
    context: 8192,
    ropeBase: 100_000,
    eps: 1e-5,
    tied: true,
    tokenizer: madeUpBpe,
  },
  /** https://huggingface.co/TinyLlama/TinyLlama-1.1B-Chat-v1.0, config.json */
  'tinyllama-1.1b': {
    title: 'TinyLlama 1.1B',
    layers: 22,
    d: 2048,
    heads: 32,
    kvHeads: 4,
    ffn: 5632,
    vocabulary: 32_000,
    context: 2048,
    ropeBase: 10_000,
    eps: 1e-5,
    tied: false,
    tokenizer: madeUpPieces,
  },
} as const satisfies Record<string, LlamaShape>;

export type Preset = keyof typeof PRESETS;

export function isPreset(name: string): name is Preset {
  return Object.hasOwn(PRESETS, name);
}

export interface PresetOptions {
  readonly preset: Preset;
  /** Type of the matrices; norms are float32. */
  readonly type: GgmlType;
  readonly seed: string;
  /** Which tensors to write; default: all. The weights of one do not depend on which others are. */
  readonly only?: (name: string) => boolean;
}

/** A preset as a file to be written. @throws Error for a type without a quantiser */
export function presetModel({ preset, type, seed, only = () => true }: PresetOptions): GgufContent {
  const shape: LlamaShape = PRESETS[preset];
  const random = rng(seed);
  const sizes = { ...shape, width: shape.d, headSize: shape.d / shape.heads };
  const tensors = tensorsOf(sizes, shape.tied).filter(([name]) => only(name));
  return {
    metadata: new Map([...hyperparameters(shape, type), ...shape.tokenizer(shape.vocabulary)]),
    tensors: tensors.map(([name, dims]) => tensor(name, dims, type, random)),
  };
}

/** Matrices around 0, norms around 1, so that activations keep their size. */
function tensor(name: string, dims: readonly number[], type: GgmlType, random: Rng): GgufTensor {
  return dims.length === 1
    ? randomWeights(name, 'f32', dims, random, 1)
    : randomWeights(name, fitting(type, dims.at(-1)!), dims, random);
}

/** What llama.cpp's quantiser takes for rows that are no whole blocks of 256. */
const NARROW: Partial<Record<GgmlType, GgmlType>> = {
  q2_k: 'q4_0',
  q3_k: 'q4_0',
  q4_k: 'q5_0',
  q5_k: 'q5_1',
  q6_k: 'q8_0',
};

function fitting(type: GgmlType, row: number): GgmlType {
  return row % GGML_TYPES[type].block === 0 ? type : (NARROW[type] ?? type);
}

/** llama.cpp's `general.file_type` (`enum llama_ftype`). */
const FILE_TYPES: Partial<Record<GgmlType, number>> = {
  f32: 0,
  f16: 1,
  q4_0: 2,
  q4_1: 3,
  q8_0: 7,
  q5_0: 8,
  q5_1: 9,
  q2_k: 10,
  q3_k: 11,
  q4_k: 14,
  q5_k: 16,
  q6_k: 18,
  bf16: 32,
};

function hyperparameters(shape: LlamaShape, type: GgmlType): [string, GgufValue][] {
  const u32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const f32 = (value: number): GgufValue => ({ type: 'float32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  return [
    ['general.architecture', text('llama')],
    ['general.name', text(`${shape.title}, random weights`)],
    ['general.file_type', u32(FILE_TYPES[type] ?? 1)],
    ['general.quantization_version', u32(2)],
    ['llama.block_count', u32(shape.layers)],
    ['llama.context_length', u32(shape.context)],
    ['llama.embedding_length', u32(shape.d)],
    ['llama.feed_forward_length', u32(shape.ffn)],
    ['llama.attention.head_count', u32(shape.heads)],
    ['llama.attention.head_count_kv', u32(shape.kvHeads)],
    ['llama.attention.layer_norm_rms_epsilon', f32(shape.eps)],
    ['llama.rope.dimension_count', u32(shape.d / shape.heads)],
    ['llama.rope.freq_base', f32(shape.ropeBase)],
    ['llama.vocab_size', u32(shape.vocabulary)],
  ];
}
