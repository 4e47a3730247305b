import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** A ring that is stored twice, one behind the other: W tokens from any place of the first are a window in one piece. */
export function windowMirror(
  { tokens, looks }: ContextWindowInput,
  rings: Int32Array,
  out: Int32Array,
  W: number,
): void {
  rings.fill(0);
  let start = 0;
  for (let n = 0; n < tokens.length; n++) {
    rings[start] = tokens[n]!;
    rings[start + W] = tokens[n]!;
    start++;
    if (start === W) start = 0;
    out[n] = rings[start + looks[n]!]!;
  }
  for (let i = 0; i < W; i++) out[tokens.length + i] = rings[start + i]!;
}

export const mirror = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'mirror',
  backend: 'js',
  idea: 'a ring stored twice over: two stores a token, whatever W, and the window is always in one piece',
  prepare: (input, { W, N }) => {
    const rings = new Int32Array(2 * W);
    return integerVariant(new Int32Array(N + W), (out) => windowMirror(input, rings, out, W));
  },
});
