import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RowsShape } from '../lib/rows.ts';
import { softmaxThreePass } from '../softmax/blocked.ts';

/** The logarithm of a float32 softmax. */
export function logOfSoftmaxLoop(x: Float32Array, out: Float32Array, { R, C }: RowsShape): void {
  softmaxThreePass(x, out, C, 0, R);
  for (let i = 0; i < out.length; i++) out[i] = Math.log(out[i]!);
}

export const logOfSoftmax = defineVariant<Float32Array, RowsShape>({
  name: 'log-of-softmax',
  backend: 'js',
  idea: 'two functions that are there already: a probability below 1.4e-45 is 0 in float32 and its logarithm −Infinity, where −104 and less would fit easily; a logarithm an element on top',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds: −Infinity for everything 104 below the maximum, and few digits from 88 on',
  },
  prepare: (x, shape) => jsVariant(shape.R * shape.C, (out) => logOfSoftmaxLoop(x, out, shape)),
});
