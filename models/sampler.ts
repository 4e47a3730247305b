import type { Rng } from '../kernels/lib/rng.ts';
import { SETTINGS } from '../kernels/sample/constants.ts';
import { indexOfLargest } from '../kernels/sample/draw.ts';
import { sampleSelect } from '../kernels/sample/select.ts';

export interface SamplerOptions {
  /** Logits are divided by it; 0: always the most likely token. Default: 0. */
  readonly temperature?: number;
  /** Only the so many most likely tokens. Not together with `topP`. */
  readonly topK?: number;
  /** Only the fewest tokens that have this share of the probability. */
  readonly topP?: number;
}

/** Chooses a token from its logits. Nothing is allocated in a call. */
export type Sampler = (logits: Float32Array) => number;

/**
 * The loops are those of the kernel `sample`.
 * @throws RangeError for a temperature below 0, a top-k below 1, a top-p outside (0, 1], or both
 */
export function samplerOf(vocabulary: number, options: SamplerOptions, random: Rng): Sampler {
  const { temperature = 0, topK, topP } = options;
  if (!(temperature >= 0)) throw new RangeError(`a temperature of ${temperature}; it is 0 or more`);
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1))
    throw new RangeError(`a top-k of ${topK}; it is a number of tokens`);
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new RangeError(`a top-p of ${topP}; it is above 0 and at most 1`);
  if (topK !== undefined && topP !== undefined) throw new RangeError('top-k and top-p exclude each other');
  if (temperature === 0) return (logits) => indexOfLargest(logits, 0, vocabulary);
  const mode = topK !== undefined ? 'top-k' : topP !== undefined ? 'top-p' : 'temperature';
  const settings = { temperature, k: topK ?? SETTINGS.k, p: topP ?? SETTINGS.p };
  const weights = new Float64Array(vocabulary);
  const ones = new Float64Array(vocabulary).fill(1);
  const list = new Uint32Array(vocabulary);
  const kept = new Uint32Array(vocabulary);
  return (logits) =>
    sampleSelect(logits, 0, vocabulary, mode, random.uniform(), weights, ones, list, kept, settings);
}
