/** How much a pass has to do, and how right its result must be. */
import type { Tolerance, Work } from '../../kernels/kernel.ts';
import type { GgmlType } from '../gguf/types.ts';
import { type LlamaConfig, MATRICES, matrixShape } from './config.ts';

/** What is known of a model before its weights are there. */
export interface ModelSizes {
  readonly config: LlamaConfig;
  /** Of the weights that one pass reads, as they are stored: all, but an embedding that is not the head as well. */
  readonly weightBytes: number;
  /** Of every tensor by its name. */
  readonly types: ReadonlyMap<string, GgmlType>;
}

/** Of keys and values of float32. */
export function cacheBytes({ layers, kvHeads, headSize }: LlamaConfig, positions: number): number {
  return 2 * 4 * layers * kvHeads * headSize * positions;
}

/**
 * `tokens` tokens after `depth` others. Products count two operations a weight, attention four an element and key that is seen; norms,
 * activations and angles are left out, as is usual. Read once: weights, and keys and values of float32; written: keys, values, logits.
 */
export function passWork({ config, weightBytes }: ModelSizes, tokens: number, depth: number): Work {
  const { layers, width, heads, headSize, vocabulary } = config;
  const weights = MATRICES.map((name) => matrixShape(config, name)).reduce(
    (sum, [rows, columns]) => sum + rows * columns,
    0,
  );
  const seen = tokens * depth + (tokens * (tokens + 1)) / 2;
  const cache = cacheBytes(config, depth + tokens);
  return {
    flops: layers * (2 * tokens * weights + 4 * seen * heads * headSize) + 2 * width * vocabulary,
    bytes: weightBytes + cache + 4 * vocabulary,
    tokens,
    cacheBytes: cache,
  };
}

/** A prompt and all tokens behind it but the last, with a cache, and logits of what is asked for alone. The weights are read once. */
export function generationWork(sizes: ModelSizes, prompt: number, tokens: number): Work {
  const first = passWork(sizes, prompt, 0);
  let { flops } = first;
  for (let i = 1; i < tokens; i++) flops += passWork(sizes, 1, prompt + i - 1).flops;
  const { layers, kvHeads, headSize, vocabulary } = sizes.config;
  const more = (2 * layers * kvHeads * headSize + vocabulary) * (tokens - 1);
  return { flops, bytes: first.bytes + 4 * more, tokens };
}

/** Errors are held against the usual size of what they are errors of: logits near zero are no more exact than others. */
export function rootMeanSquare(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, v) => sum + v * v, 0) / values.length;
  return new Float64Array(values.length).fill(Math.sqrt(mean));
}

export const FLOAT32: Tolerance = {
  metric: 'scaled',
  bound: 5e-5,
  why: 'of the root mean square of the logits: each layer rounds its sums and products to float32, and what it adds to the residual stream carries the errors of all before; thirty layers were found to come to 1e-5',
};

export const EIGHT_BITS: Tolerance = {
  metric: 'nmse',
  bound: 0.02,
  why: 'activations of 8 bits are off by at most half of 1/127 of the largest in their block of 32, 2.3e-5 of their power where they are normal; seven products in each of thirty layers, and what layers make of the errors of those before, were found to come to 4e-3',
};
