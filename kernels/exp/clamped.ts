import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** e^x with x held within ±88 first. */
export function expClamped(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = Math.exp(Math.max(-88, Math.min(88, x[i]!)));
}

export const clamped = defineVariant<Float32Array, ElementwiseShape>({
  name: 'clamped',
  backend: 'js',
  idea: 'x clamped to ±88 "against overflow and underflow": e^88 fits, but e^−88 = 6.05e-39 is denormal already (the limit is −87.34), e^−∞ is no longer 0, and up to 88.72 nothing would have overflowed',
  exhibit: true,
  ledger: ['S2-4'],
  tolerance: {
    metric: 'ulp',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds: above 88.72 it is finite where the truth is Infinity; within ±88 it is right to half a ULP, below −88 it errs by up to 6.05e-39',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => expClamped(x, out)),
});
