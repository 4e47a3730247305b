/** Whether a WebGPU device can hold and run a GPT-2. Needs no device. */
import { LONGEST } from '../../../kernels/attention/webgpu.ts';
import { beyond, type Limits } from '../../lib/gpu/limits.ts';
import type { Gpt2Config } from '../config.ts';
import { paddedSizes } from './padding.ts';

/** Positions that the cache has room for, and the most tokens of one pass. */
export interface Room {
  readonly capacity: number;
  readonly batch: number;
}

/** Why this device cannot run this model, in one line; or undefined. */
export function unfit(config: Gpt2Config, { capacity, batch }: Room, limits: Limits): string | undefined {
  const { width, inner, headSize, queries } = paddedSizes(config);
  if (headSize > LONGEST) return `a head of ${headSize} elements is longer than the ${LONGEST} of the shader`;
  return beyond(
    [
      ['the embedding', 4 * config.vocabulary * width],
      ['the positions', 4 * config.context * width],
      ['queries, keys and values', 4 * 3 * queries * width],
      ['a matrix of the MLP', 4 * inner * width],
      ['the keys of a layer', 4 * capacity * queries],
      ['the activations', 4 * batch * Math.max(inner, queries)],
    ],
    limits,
  );
}
