import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** A token takes the place of the oldest; a model that wants its tokens in one piece gets two copied together in each step. */
export function windowRing(
  { tokens, looks }: ContextWindowInput,
  buffer: Int32Array,
  window: Int32Array,
  out: Int32Array,
  W: number,
): void {
  buffer.fill(0);
  let oldest = 0;
  for (let n = 0; n < tokens.length; n++) {
    buffer[oldest++] = tokens[n]!;
    if (oldest === W) oldest = 0;
    // Loops and not set(subarray): a view is an object.
    const older = W - oldest;
    for (let i = 0; i < older; i++) window[i] = buffer[oldest + i]!;
    for (let i = 0; i < oldest; i++) window[older + i] = buffer[i]!;
    out[n] = window[looks[n]!]!;
  }
  out.set(window, tokens.length);
}

export const ring = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'ring',
  backend: 'js',
  idea: 'one store a token into a ring; but it must be put in order for the model, which costs more than the memmove that it saves',
  prepare: (input, { W, N }) => {
    const buffer = new Int32Array(W);
    const window = new Int32Array(W);
    return integerVariant(new Int32Array(N + W), (out) => windowRing(input, buffer, window, out, W));
  },
});
