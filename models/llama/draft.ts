/** Models that guess what a larger one says, made of it: nothing has to be trained, and both have the same tokens. */
import type { Quant } from '../../kernels/lib/quant.ts';
import { QUANTIZERS } from '../../kernels/lib/quantize.ts';
import type { GgufValue } from '../gguf/format.ts';
import { tensorBytes } from '../gguf/types.ts';
import type { GgufTensor } from '../gguf/writer.ts';
import { HEAD, type LlamaConfig, tensorsOf } from './config.ts';
import { type LlamaWeights, weightsOf } from './weights.ts';

/**
 * The first `layers` layers of a model and its output, matrices rounded to `type`, whose blocks the rows must be whole numbers of. With all
 * layers it says nearly what the model says; with fewer what the residual stream has come to by then.
 */
export async function draftOf(
  weights: LlamaWeights,
  type: Quant,
  layers = weights.config.layers,
): Promise<LlamaWeights> {
  const config = { ...weights.config, layers };
  const tensors: GgufTensor[] = [];
  for (const [name, dims] of tensorsOf(config, weights.head !== HEAD)) {
    const values = await weights.floats(name);
    const to = dims.length === 1 ? 'f32' : type;
    tensors.push({
      ...{ name, dims, type: to },
      *data() {
        if (to === 'f32') yield new Uint8Array(values.slice().buffer);
        else {
          const out = new Uint8Array(tensorBytes(to, dims));
          QUANTIZERS[to](values, out);
          yield out;
        }
      },
    });
  }
  return weightsOf('draft', { metadata: metadataOf(config), tensors });
}

/** What `llamaConfig` reads. */
function metadataOf(config: LlamaConfig): Map<string, GgufValue> {
  const u32 = (key: string, value: number) => [`llama.${key}`, { type: 'uint32', value }] as const;
  const f32 = (key: string, value: number) => [`llama.${key}`, { type: 'float32', value }] as const;
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    u32('block_count', config.layers),
    u32('context_length', config.context),
    u32('embedding_length', config.width),
    u32('feed_forward_length', config.ffn),
    u32('attention.head_count', config.heads),
    u32('attention.head_count_kv', config.kvHeads),
    u32('attention.key_length', config.headSize),
    u32('attention.value_length', config.headSize),
    f32('attention.layer_norm_rms_epsilon', config.epsilon),
    f32('rope.freq_base', config.ropeBase),
  ]);
}
