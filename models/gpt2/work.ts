/** How much a pass has to do, counted from the sizes, and how right its result must be. */
import type { Tolerance, Work } from '../../kernels/kernel.ts';
import { elements, type Gpt2Config, MATRICES, tensorsOf } from './config.ts';

/** Weights of the matrices of all layers: each costs two operations a token. Biases, norms and GELU are left out, as is usual. */
function layerWeights({ layers, width }: Gpt2Config): number {
  const each = Object.values(MATRICES).reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  return layers * each * width * width;
}

/** Floating-point operations of one pass over `T` tokens as the seed does it: all T² scores, logits of every token. */
export function forwardFlops(config: Gpt2Config, T: number): number {
  const { layers, width, vocabulary } = config;
  return 2 * T * (layerWeights(config) + vocabulary * width) + 4 * layers * width * T * T;
}

/** Positions whose keys and values a generation needs: the last token is given out and not read again. */
export const positionsOf = (prompt: number, tokens: number): number => prompt + tokens - 1;

/**
 * A generation with a KV cache, and the head for the tokens that are asked for alone. Every rung of the ladder is held against this, also
 * one that does more. Read once: the weights that are used; written: keys, values and logits.
 */
export function generateWork(config: Gpt2Config, prompt: number, tokens: number): Work {
  const { layers, width, vocabulary } = config;
  const all = positionsOf(prompt, tokens);
  const attention = 4 * layers * width * ((all * (all + 1)) / 2);
  const weights = tensorsOf(config).reduce((sum, [, dims]) => sum + elements(dims), 0);
  return {
    flops: 2 * all * layerWeights(config) + 2 * tokens * vocabulary * width + attention,
    bytes: 4 * (weights + 2 * layers * width * all + tokens * vocabulary),
    tokens,
    cacheBytes: 4 * 2 * layers * width * all,
  };
}

export const FLOAT32: Tolerance = {
  metric: 'scaled',
  bound: 3e-5,
  why: 'of the root mean square of the logits: each layer rounds its sums to float32 and hands on the errors of those before; the sums of four layers of 1,024 products in one lane were found to come to 1e-5. Tokens have the scale 1, so that none may differ',
};
