import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import { LR } from './half.ts';
import type { LossScaleInput } from './index.ts';

/** Unscaled into an array of its own, then tested, then subtracted: three loops, as array code does it. */
export function lossScaleNaive({ w, g, scale }: LossScaleInput, out: Float32Array): void {
  const unscaled = Float64Array.from(g, (v) => v / scale);
  const finite = unscaled.every((v) => Number.isFinite(v));
  for (let i = 0; i < out.length; i++) out[i] = finite ? w[i]! - LR * unscaled[i]! : w[i]!;
}

export const naive = defineVariant<LossScaleInput, ElementwiseShape>({
  name: 'naive',
  backend: 'js',
  idea: 'unscaled gradients in an array of their own, tested with every(Number.isFinite): allocates 8 bytes an element',
  prepare: (input, { N }) => jsVariant(N, (out) => lossScaleNaive(input, out)),
});
