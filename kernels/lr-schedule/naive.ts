import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { LrScheduleInput, LrScheduleShape } from './index.ts';

/** The rate of step `n` of `N`, from 0, the first `W` of them warming up. */
export function learningRate(n: number, N: number, W: number, high: number, low: number): number {
  if (n < W) return (high * (n + 1)) / W;
  return low + (high - low) * 0.5 * (1 + Math.cos((Math.PI * (n - W + 1)) / (N - W)));
}

export const naive = defineVariant<LrScheduleInput, LrScheduleShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, for every step',
  prepare: ({ high, low }, { N, W }) =>
    jsVariant(N, (out) => {
      for (let n = 0; n < N; n++) out[n] = learningRate(n, N, W, high, low);
    }),
});
