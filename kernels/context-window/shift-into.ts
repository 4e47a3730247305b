import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** As `naive`, copied into the same tensor in each step. */
export function windowShiftInto(
  { tokens, looks }: ContextWindowInput,
  window: Int32Array,
  out: Int32Array,
  W: number,
): void {
  const list = new Array<number>(W).fill(0);
  for (let n = 0; n < tokens.length; n++) {
    list.push(tokens[n]!);
    list.shift();
    for (let i = 0; i < W; i++) window[i] = list[i]!;
    out[n] = window[looks[n]!]!;
  }
  out.set(window, tokens.length);
}

export const shiftInto = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'shift-into',
  backend: 'js',
  idea: 'push and shift, copied by a loop into one typed array: the conversion without its allocation',
  prepare: (input, { W, N }) => {
    const window = new Int32Array(W);
    return integerVariant(new Int32Array(N + W), (out) => windowShiftInto(input, window, out, W));
  },
});
