import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';
import { LR } from './half.ts';
import type { LossScaleInput } from './index.ts';

/** The step without the test: one Infinity in half precision, and its weight is lost for ever. */
export function lossScaleUnchecked({ w, g, scale }: LossScaleInput, out: Float32Array): void {
  const rate = LR / scale;
  for (let i = 0; i < out.length; i++) out[i] = w[i]! - rate * g[i]!;
}

export const unchecked = defineVariant<LossScaleInput, ElementwiseShape>({
  name: 'unchecked',
  backend: 'js',
  exhibit: true,
  ledger: ['S3-4', 'S3-5'],
  idea: 'no test for finite gradients: at a fixed scale of 1024 a gradient of 63.97 overflows half precision, and its weight becomes ±Infinity',
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'right while all gradients are finite; without bound from the first that is not',
  },
  prepare: (input, { N }) => jsVariant(N, (out) => lossScaleUnchecked(input, out)),
});
