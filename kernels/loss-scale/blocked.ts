import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import { LR } from './half.ts';
import type { LossScaleInput } from './index.ts';

/** Whether every g is finite: 0 · g is 0 for those and NaN for others, so that one sum tells, without a branch an element. */
export function allFinite(g: Float32Array): boolean {
  let s0 = 0;
  let s1 = 0;
  let i = 0;
  for (; i + 2 <= g.length; i += 2) {
    s0 += 0 * g[i]!;
    s1 += 0 * g[i + 1]!;
  }
  for (; i < g.length; i++) s0 += 0 * g[i]!;
  return s0 + s1 === 0;
}

/** `out` may be `w`. */
export function lossScaleStep({ w, g, scale }: LossScaleInput, out: Float32Array): void {
  const rate = LR / scale;
  if (!allFinite(g)) out.set(w);
  else for (let i = 0; i < out.length; i++) out[i] = w[i]! - rate * g[i]!;
}

export const blocked = defineVariant<LossScaleInput, ElementwiseShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'a sum of 0 · g tells whether all are finite, without a branch; unscaling is one factor with the rate',
  prepare: (input, { N }) => jsVariant(N, (out) => lossScaleStep(input, out)),
});
