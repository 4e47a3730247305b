import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** ½ (1 + tanh(x/2)), the same function; 0 below −38.2, where 1 + tanh has no digits left. */
export function sigmoidTanh(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = 0.5 * (1 + Math.tanh(0.5 * x[i]!));
}

export const tanh = defineVariant<Float32Array, ElementwiseShape>({
  name: 'tanh',
  backend: 'js',
  idea: 'one library call that cannot overflow, as libraries offer it (expit); the sum cancels in the negative tail',
  approximation: true,
  ledger: ['S0-9'],
  tolerance: {
    metric: 'abs',
    bound: 3e-8,
    why: 'an approximation below −17, where 1 + tanh loses its digits; as an absolute error no more than rounding a result below 1 to float32: 2^-25',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => sigmoidTanh(x, out)),
});
