import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { LrScheduleInput, LrScheduleShape } from './index.ts';

/** Counted so that step 0 has n / W = 0: a pass forward and back that changes nothing, and the last step is one short of `low`. */
export function learningRateFromZero(n: number, N: number, W: number, high: number, low: number): number {
  if (n < W) return (high * n) / W;
  return low + (high - low) * 0.5 * (1 + Math.cos((Math.PI * (n - W)) / (N - W)));
}

export const fromZero = defineVariant<LrScheduleInput, LrScheduleShape>({
  name: 'from-zero',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-29', 'S3-41'],
  idea: 'n / W and not (n + 1) / W: the first step has the rate 0 and is computed for nothing; with one step in all, the high rate and not the low',
  tolerance: {
    metric: 'scaled',
    bound: 1.01e8,
    why: 'relative to the rate plus 1e-8 of the high one: all of it at step 0, and where the last step should be 0 and is not',
  },
  prepare: ({ high, low }, { N, W }) =>
    jsVariant(N, (out) => {
      for (let n = 0; n < N; n++) out[n] = learningRateFromZero(n, N, W, high, low);
    }),
});
