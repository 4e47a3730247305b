import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { LrScheduleInput, LrScheduleShape } from './index.ts';

/** The cosine down to 0, whatever `low` is. */
export function learningRateToZero(n: number, N: number, W: number, high: number): number {
  if (n < W) return (high * (n + 1)) / W;
  return high * 0.5 * (1 + Math.cos((Math.PI * (n - W + 1)) / (N - W)));
}

export const toZero = defineVariant<LrScheduleInput, LrScheduleShape>({
  name: 'to-zero',
  backend: 'js',
  exhibit: true,
  ledger: ['S3-41'],
  idea: 'the low rate forgotten: 5.87e-4 half-way and exactly 0 at the end, where a floor of 1e-5 was planned',
  tolerance: {
    metric: 'scaled',
    bound: 1,
    why: 'relative to the rate: all of the low rate is missing at the last step',
  },
  prepare: ({ high }, { N, W }) =>
    jsVariant(N, (out) => {
      for (let n = 0; n < N; n++) out[n] = learningRateToZero(n, N, W, high);
    }),
});
