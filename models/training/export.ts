/** The model as a GGUF file, and back. */
import { decodeHalf } from '../../kernels/lib/f16.ts';
import { QUANTIZERS } from '../../kernels/lib/quantize.ts';
import { openGgufFile } from '../gguf/file.ts';
import { GgufError, type GgufValue } from '../gguf/format.ts';
import { tensorBytes } from '../gguf/types.ts';
import type { GgufContent } from '../gguf/writer.ts';
import {
  BEGIN,
  EPSILON,
  isNorm,
  type ModelShape,
  SPECIALS,
  THETA,
  type Weights,
  weightShapes,
} from './shape.ts';

/** Matrices in half precision, norms in float32. */
export function ggufOf(shape: ModelShape, weights: Weights, description: string): GgufContent {
  return {
    metadata: metadata(shape, description),
    tensors: weightShapes(shape).map((weight) => {
      const values = weights.get(weight.name)!;
      const type = isNorm(weight) ? 'f32' : 'f16';
      return {
        name: weight.name,
        type,
        dims: weight.dims,
        *data() {
          if (type === 'f32') yield new Uint8Array(values.slice().buffer);
          else {
            const out = new Uint8Array(tensorBytes(type, weight.dims));
            QUANTIZERS.f16(values, out);
            yield out;
          }
        },
      };
    }),
  };
}

function metadata(shape: ModelShape, description: string): Map<string, GgufValue> {
  const u32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const f32 = (value: number): GgufValue => ({ type: 'float32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const bool = (value: boolean): GgufValue => ({ type: 'bool', value });
  return new Map(
    Object.entries({
      'general.architecture': text('llama'),
      'general.name': text('kernel-zoo bytes'),
      'general.description': text(description),
      'general.license': text('mit'),
      'general.file_type': u32(1),
      'llama.block_count': u32(shape.layers),
      'llama.context_length': u32(shape.context),
      'llama.embedding_length': u32(shape.d),
      'llama.feed_forward_length': u32(shape.ffn),
      'llama.attention.head_count': u32(shape.heads),
      'llama.attention.head_count_kv': u32(shape.kvHeads),
      'llama.attention.layer_norm_rms_epsilon': f32(EPSILON),
      'llama.rope.dimension_count': u32(shape.d / shape.heads),
      'llama.rope.freq_base': f32(THETA),
      'llama.vocab_size': u32(shape.vocabulary),
      ...tokenizer(),
      'tokenizer.ggml.add_bos_token': bool(true),
      'tokenizer.ggml.add_eos_token': bool(false),
      'tokenizer.ggml.add_space_prefix': bool(false),
    }),
  );
}

/** llama.cpp's `llama_token_type`. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

/**
 * Bytes as SentencePiece has them where no word matches: token id = byte + 3. The space is the exception: llama.cpp makes `▁` of every
 * space before it looks for words, and without a word `▁` that would be three bytes that no training has seen. So the token of
 * byte 32 is that word.
 */
function tokenizer(): Record<string, GgufValue> {
  const name = (byte: number): string =>
    byte === 32 ? '▁' : `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': {
      type: 'array',
      of: 'string',
      value: ['<unk>', '<s>', '</s>', ...bytes.map(name)],
    },
    'tokenizer.ggml.scores': {
      type: 'array',
      of: 'float32',
      value: new Float32Array(SPECIALS + 256),
    },
    'tokenizer.ggml.token_type': {
      type: 'array',
      of: 'int32',
      value: Int32Array.from([UNKNOWN, CONTROL, CONTROL, ...bytes.map((b) => (b === 32 ? NORMAL : BYTE))]),
    },
    'tokenizer.ggml.unknown_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: BEGIN },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 2 },
  };
}

/**
 * Shape and weights of a Llama model over bytes whose tensors are float32 or half precision.
 * @throws GgufError where the file is malformed, or no such model
 */
export async function readModel(path: string): Promise<{ shape: ModelShape; weights: Weights }> {
  const gguf = await openGgufFile(path);
  try {
    const shape: ModelShape = {
      layers: gguf.number('llama.block_count'),
      d: gguf.number('llama.embedding_length'),
      heads: gguf.number('llama.attention.head_count'),
      kvHeads: gguf.number('llama.attention.head_count_kv'),
      ffn: gguf.number('llama.feed_forward_length'),
      vocabulary: gguf.number('llama.vocab_size'),
      context: gguf.number('llama.context_length'),
    };
    const weights = new Map<string, Float32Array>();
    for (const { name } of weightShapes(shape)) {
      const { type } = gguf.tensor(name);
      const bytes = await gguf.read(name);
      if (type === 'f32') weights.set(name, new Float32Array(bytes.buffer));
      else if (type === 'f16')
        weights.set(name, Float32Array.from(new Uint16Array(bytes.buffer), decodeHalf));
      else throw new GgufError(path, `tensor ${name} is ${type}, not f32 or f16`);
    }
    return { shape, weights };
  } finally {
    await gguf.close();
  }
}
