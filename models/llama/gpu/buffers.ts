/** A Llama's weights, its cache and its working space in the buffers of a WebGPU device. */

import type { GpuBuffers } from '../../../kernels/lib/gpu.ts';
import { checked } from '../../../kernels/lib/gpu-device.ts';
import { ropeTable } from '../../../kernels/rope/tables.ts';
import type { CacheBuffers } from '../../lib/gpu/dispatches.ts';
import { type PassBuffers, passBuffers } from '../../lib/gpu/model.ts';
import { dequantised, type LlamaWeights } from '../weights.ts';
import { layerStacks, type Stack, stackBytes, vocabularyStack } from './plan.ts';

/** Rows of weights on the device. */
export type Matrix<S extends Stack = Stack> = S & { readonly buffer: GPUBuffer };

/** Keys are turned. */
export interface LayerBuffers extends CacheBuffers {
  readonly attentionNorm: GPUBuffer;
  readonly ffnNorm: GPUBuffer;
  readonly attend: readonly Matrix<Stack & { readonly first: number }>[];
  readonly output: Matrix;
  readonly gated: Matrix;
  readonly down: Matrix;
}

export interface ModelBuffers extends PassBuffers {
  readonly embedding: Matrix;
  readonly head: Matrix;
  readonly outputNorm: GPUBuffer;
  readonly layers: readonly LayerBuffers[];
  /** `[capacity, headSize / 2]` of (cosine, sine). */
  readonly angles: GPUBuffer;
  /** The residual stream, and what products leave to others: a row for each token of a pass. */
  readonly x: GPUBuffer;
  readonly q: GPUBuffer;
  readonly attended: GPUBuffer;
  readonly gated: GPUBuffer;
}

/**
 * Reads a model tensor by tensor, so that no second copy of its weights is ever whole.
 * @throws Error in one line where the device has no memory for it
 */
export async function placeLlama(
  weights: LlamaWeights,
  buffers: GpuBuffers,
  capacity: number,
  batch: number,
): Promise<ModelBuffers> {
  const { config, types } = weights;
  const { width, ffn, heads, kvHeads, headSize, vocabulary, ropeBase } = config;
  const make = <T>(how: () => T) => checked(buffers.device, how);

  const norm = async (name: string) => {
    const floats = dequantised(await weights.read(name));
    return make(() => buffers.upload(floats));
  };
  const matrix = async <S extends Stack>(stack: S): Promise<Matrix<S>> => {
    const parts: Uint8Array[] = [];
    for (const name of stack.tensors) {
      const stored = await weights.read(name);
      parts.push(stored.type === stack.type ? stored.bytes : bytesOf(dequantised(stored)));
    }
    const buffer = await make(() => buffers.filled(stackBytes(stack), (to) => join(parts, stack, to)));
    return { ...stack, buffer };
  };

  const embedding = await matrix(vocabularyStack(config, types, 'token_embd.weight'));
  const head =
    weights.head === 'token_embd.weight'
      ? embedding
      : await matrix(vocabularyStack(config, types, weights.head));
  const layers: LayerBuffers[] = [];
  for (let l = 0; l < config.layers; l++) {
    const stacks = layerStacks(config, types, l);
    const attend: LayerBuffers['attend'][number][] = [];
    for (const stack of stacks.attend) attend.push(await matrix(stack));
    const cache = () => buffers.empty(4 * capacity * kvHeads * headSize);
    layers.push({
      attentionNorm: await norm(`blk.${l}.attn_norm.weight`),
      ffnNorm: await norm(`blk.${l}.ffn_norm.weight`),
      attend,
      output: await matrix(stacks.output),
      gated: await matrix(stacks.gated),
      down: await matrix(stacks.down),
      ...(await make(() => ({ keys: cache(), values: cache() }))),
    });
  }
  const outputNorm = await norm('output_norm.weight');
  const angles = Float32Array.from(ropeTable(capacity, headSize, 0, false, ropeBase));
  const rows = (columns: number) => buffers.empty(4 * batch * columns);
  return make(() => ({
    ...{ embedding, head, outputNorm, layers },
    ...passBuffers(buffers, vocabulary, batch),
    angles: buffers.upload(angles),
    x: rows(width),
    q: rows(heads * headSize),
    attended: rows(heads * headSize),
    gated: rows(ffn),
  }));
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** One part after the other, or their rows in turns. */
function join(parts: readonly Uint8Array[], stack: Stack, to: Uint8Array): void {
  const row = stackBytes({ ...stack, rows: 1 });
  let at = 0;
  const put = (bytes: Uint8Array) => {
    to.set(bytes, at);
    at += bytes.length;
  };
  if (!stack.inTurns) for (const part of parts) put(part);
  else
    for (let start = 0; start < parts[0]!.length; start += row)
      for (const part of parts) put(part.subarray(start, start + row));
}
