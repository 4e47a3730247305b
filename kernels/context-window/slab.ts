import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** The window moves through a slab several times its length, and back to its start when it has come to the end. */
export function windowSlab(
  { tokens, looks }: ContextWindowInput,
  slab: Int32Array,
  out: Int32Array,
  W: number,
): void {
  slab.fill(0, 0, W);
  let start = 0;
  for (let n = 0; n < tokens.length; n++) {
    if (start + W === slab.length) {
      slab.copyWithin(0, start + 1, start + W);
      start = -1;
    }
    start++;
    slab[start + W - 1] = tokens[n]!;
    out[n] = slab[start + looks[n]!]!;
  }
  for (let i = 0; i < W; i++) out[tokens.length + i] = slab[start + i]!;
}

export const slab = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'slab',
  backend: 'js',
  idea: 'the window is a place in a slab of four times its length: one store a token, and a move every 3 · W tokens',
  prepare: (input, { W, N }) => {
    const memory = new Int32Array(4 * W);
    return integerVariant(new Int32Array(N + W), (out) => windowSlab(input, memory, out, W));
  },
});
