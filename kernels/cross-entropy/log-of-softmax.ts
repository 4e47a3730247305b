import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { softmaxThreePass } from '../softmax/blocked.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

/** The loss from the probability that a softmax has rounded to float32: −log 0 where it is below 1e-45. */
export function crossEntropyOfSoftmax(
  x: Float32Array,
  target: Int32Array,
  p: Float32Array,
  out: Float32Array,
  R: number,
  C: number,
): void {
  softmaxThreePass(x, p, C, 0, R);
  for (let r = 0; r < R; r++) {
    const at = r * C + target[r]!;
    out[r] = -Math.log(p[at]!);
    for (let i = r * C; i < r * C + C; i++) out[R + i] = p[i]! / R;
    out[R + at] = (p[at]! - 1) / R;
  }
}

export const logOfSoftmax = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'log-of-softmax',
  backend: 'js',
  exhibit: true,
  idea: 'softmax first, then −log of the probability at the target: Infinity as soon as that logit is 104 below the largest, where the loss is 104',
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'a loss of 104 and more comes out as Infinity; the gradients and smaller losses are right',
  },
  prepare({ x, target }, { R, C }) {
    const p = new Float32Array(R * C);
    return jsVariant(R + R * C, (out) => crossEntropyOfSoftmax(x, target, p, out, R, C));
  },
});
