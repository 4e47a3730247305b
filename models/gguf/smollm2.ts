/**
 * SmolLM2-135M with random weights: the names, shapes and hyperparameters of the model
 * (https://huggingface.co/HuggingFaceTB/SmolLM2-135M, config.json) as llama.cpp's converter writes them, without its tokenizer.
 */
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import type { GgufValue } from './format.ts';
import type { GgmlType } from './types.ts';
import { randomWeights } from './weights.ts';
import type { GgufContent, GgufTensor } from './writer.ts';

const D = 576;
const FFN = 1536;
const KV = 3 * 64;
const VOCABULARY = 49_152;
const LAYERS = 30;

/** llama.cpp's `general.file_type`. */
const FILE_TYPES: Partial<Record<GgmlType, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };

export interface SmolLM2Options {
  /** Type of the matrices; norms are float32. */
  readonly type: GgmlType;
  readonly seed: string;
  /** Which tensors to write; default: all. The weights of one do not depend on which others are. */
  readonly only?: (name: string) => boolean;
}

/** The whole model has 134,515,008 weights; the embedding is also the output matrix. */
export function smolLM2({ type, seed, only = () => true }: SmolLM2Options): GgufContent {
  const random = rng(seed);
  const tensors = names().filter(([name]) => only(name));
  return {
    metadata: metadata(type),
    tensors: tensors.map(([name, dims]) => tensor(name, dims, type, random)),
  };
}

/** Matrices around 0, norms around 1, so that activations keep their size. */
function tensor(name: string, dims: readonly number[], type: GgmlType, random: Rng): GgufTensor {
  return dims.length === 1
    ? randomWeights(name, 'f32', dims, random, 1)
    : randomWeights(name, type, dims, random);
}

/** All tensors with their dimensions, row-major: a matrix maps its columns to its rows. */
function names(): [name: string, dims: readonly number[]][] {
  const layer = (i: number): [string, readonly number[]][] => [
    [`blk.${i}.attn_norm.weight`, [D]],
    [`blk.${i}.attn_q.weight`, [D, D]],
    [`blk.${i}.attn_k.weight`, [KV, D]],
    [`blk.${i}.attn_v.weight`, [KV, D]],
    [`blk.${i}.attn_output.weight`, [D, D]],
    [`blk.${i}.ffn_norm.weight`, [D]],
    [`blk.${i}.ffn_gate.weight`, [FFN, D]],
    [`blk.${i}.ffn_up.weight`, [FFN, D]],
    [`blk.${i}.ffn_down.weight`, [D, FFN]],
  ];
  return [
    ['token_embd.weight', [VOCABULARY, D]],
    ...Array.from({ length: LAYERS }, (_, i) => layer(i)).flat(),
    ['output_norm.weight', [D]],
  ];
}

function metadata(type: GgmlType): Map<string, GgufValue> {
  const u32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const f32 = (value: number): GgufValue => ({ type: 'float32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const entries: Record<string, GgufValue> = {
    'general.architecture': text('llama'),
    'general.name': text('SmolLM2 135M, random weights'),
    'general.file_type': u32(FILE_TYPES[type] ?? 1),
    'general.quantization_version': u32(2),
    'llama.block_count': u32(LAYERS),
    'llama.context_length': u32(8192),
    'llama.embedding_length': u32(D),
    'llama.feed_forward_length': u32(FFN),
    'llama.attention.head_count': u32(9),
    'llama.attention.head_count_kv': u32(3),
    'llama.attention.layer_norm_rms_epsilon': f32(1e-5),
    'llama.rope.dimension_count': u32(64),
    'llama.rope.freq_base': f32(100_000),
    'llama.vocab_size': u32(VOCABULARY),
  };
  return new Map(Object.entries(entries));
}
