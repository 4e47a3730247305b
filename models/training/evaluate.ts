/** How well a model knows a text: bits a byte, and the byte that it holds most likely at each place. */
import { indexOfLargest } from '../../kernels/sample/draw.ts';
import { Model } from './model.ts';
import { logitsOf, lossOf } from './plain.ts';
import { type ModelShape, SPECIALS, type Weights } from './shape.ts';
import { fillWindow } from './text.ts';

export interface Evaluation {
  /** −log2 of the probability that each byte got. */
  readonly bits: Float64Array;
  /** The most probable token at each byte, the first of equals. */
  readonly best: Int32Array;
}

/** Mean bits a byte; the perplexity of a byte is 2 to that. */
export const bitsPerByte = ({ bits }: Evaluation): number => bits.reduce((a, b) => a + b, 0) / bits.length;

/** The share of bytes at which both hold the same token most likely. */
export function agreement(a: Evaluation, b: Evaluation): number {
  return a.best.reduce((same, token, i) => same + (token === b.best[i] ? 1 : 0), 0) / a.best.length;
}

/** The share of bytes that were the most probable token. */
export function accuracy({ best }: Evaluation, text: Uint8Array): number {
  return best.reduce((right, token, i) => right + (token === text[i]! + SPECIALS ? 1 : 0), 0) / best.length;
}

/** Logits `[T, vocabulary]` of the token after each of a window; the array is only read before the next call. */
type LogitsOf = (tokens: Int32Array) => ArrayLike<number>[];

/** In float64 and plain JavaScript: seconds for a KiB. */
export function plainEvaluator(shape: ModelShape, weights: Weights): (text: Uint8Array) => Evaluation {
  return (text) => evaluate(shape, (tokens) => logitsOf(shape, weights, tokens), text, shape.context);
}

/**
 * In float32 and WASM, for any weights of one shape: some ten thousand bytes a second.
 * @throws Error where the WASM modules have not been built
 */
export async function wasmEvaluator(
  shape: ModelShape,
): Promise<(weights: Weights, text: Uint8Array, stride?: number) => Evaluation> {
  const model = await Model.create(shape, 1);
  const { vocabulary, context } = shape;
  return (weights, text, stride = context) => {
    model.setWeights(weights);
    const logits: LogitsOf = (tokens) => {
      // What stands behind a shorter window is not seen by it.
      model.inputs.set(tokens);
      const all = model.forward();
      return Array.from(tokens, (_, t) => all.subarray(t * vocabulary, (t + 1) * vocabulary));
    };
    return evaluate(shape, logits, text, stride);
  };
}

/**
 * Windows of the model's context, each from `<s>` on as in training, `stride` bytes apart: of each but the first only the bytes behind
 * the last one's end count, so that these have been told at least context − stride before them.
 */
function evaluate({ context }: ModelShape, logitsOf: LogitsOf, text: Uint8Array, stride: number): Evaluation {
  if (!(stride >= 1 && stride <= context))
    throw new RangeError(`a stride of ${stride} in windows of ${context}`);
  const bits = new Float64Array(text.length);
  const best = new Int32Array(text.length);
  for (let done = 0; done < text.length; ) {
    const from = done === 0 ? 0 : done - (context - stride);
    const window = text.subarray(from, from + context);
    const inputs = new Int32Array(window.length);
    const targets = new Int32Array(window.length);
    fillWindow(window, inputs, targets, 0);
    const logits = logitsOf(inputs);
    for (let t = done - from; t < window.length; t++, done++) {
      bits[done] = lossOf(logits[t]!, targets[t]!) / Math.LN2;
      best[done] = indexOfLargest(logits[t]!, 0, logits[t]!.length);
    }
  }
  return { bits, best };
}
