import { defineVariant } from '../kernel.ts';
import { integerVariant } from '../lib/integers.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** A list of tokens, of which a tensor is made in each step. */
export function windowNaive({ tokens, looks }: ContextWindowInput, out: Int32Array, W: number): void {
  const list = new Array<number>(W).fill(0);
  let window = Int32Array.from(list);
  for (let n = 0; n < tokens.length; n++) {
    list.push(tokens[n]!);
    list.shift();
    window = Int32Array.from(list);
    out[n] = window[looks[n]!]!;
  }
  out.set(window, tokens.length);
}

export const naive = defineVariant<ContextWindowInput, ContextWindowShape>({
  name: 'naive',
  backend: 'js',
  idea: 'push and shift of an array, made into a typed array in each step',
  prepare: (input, { W, N }) => integerVariant(new Int32Array(N + W), (out) => windowNaive(input, out, W)),
});
