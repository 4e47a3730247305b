import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { DotInput, DotShape } from './index.ts';

/** Σ a[i] · b[i] in float64, the elements from the first to the last. */
export function dotNaive(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export const naive = defineVariant<DotInput, DotShape>({
  name: 'naive',
  backend: 'js',
  idea: 'one sum: each addition waits for the one before',
  prepare: ({ a, b }) =>
    jsVariant(1, (out) => {
      out[0] = dotNaive(a, b);
    }),
});
