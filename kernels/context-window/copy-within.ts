import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** The window is the model's tensor; all of it moves by one in each step. */
export function windowCopyWithin(
  { tokens, looks }: ContextWindowInput,
  window: Int32Array,
  out: Int32Array,
  W: number,
): void {
  window.fill(0);
  for (let n = 0; n < tokens.length; n++) {
    window.copyWithin(0, 1);
    window[W - 1] = tokens[n]!;
    out[n] = window[looks[n]!]!;
  }
  out.set(window, tokens.length);
}

export const copyWithin = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'copy-within',
  backend: 'js',
  idea: 'a typed array that moves by one: a memmove of the window a step, and no conversion',
  prepare: (input, { W, N }) => {
    const window = new Int32Array(W);
    return integerVariant(new Int32Array(N + W), (out) => windowCopyWithin(input, window, out, W));
  },
});
