import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { BETA1, BETA2, DECAY, EPSILON, LR } from './constants.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

/** The formula as it is written. */
export function adamwNaive({ theta, g, m, v }: AdamwInput, out: Float32Array, N: number, step: number): void {
  for (let i = 0; i < N; i++) {
    const mean = BETA1 * m[i]! + (1 - BETA1) * g[i]!;
    const square = BETA2 * v[i]! + (1 - BETA2) * g[i]! * g[i]!;
    const meanHat = mean / (1 - BETA1 ** step);
    const squareHat = square / (1 - BETA2 ** step);
    out[i] = theta[i]! - LR * DECAY * theta[i]! - (LR * meanHat) / (Math.sqrt(squareHat) + EPSILON);
    out[N + i] = mean;
    out[2 * N + i] = square;
  }
}

export const naive = defineVariant<AdamwInput, AdamwShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written, both bias corrections for every element',
  prepare: (input, { N, step }) => jsVariant(3 * N, (out) => adamwNaive(input, out, N, step)),
});
