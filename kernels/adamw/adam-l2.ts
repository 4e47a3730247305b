import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { BETA1, BETA2, DECAY, EPSILON, LR } from './constants.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

/** Adam on the loss plus ½ λ |θ|²: the decay goes through both means, and is divided by √v̂ as the gradient is. */
export function adamL2Step({ theta, g, m, v }: AdamwInput, out: Float32Array, N: number, step: number): void {
  for (let i = 0; i < N; i++) {
    const gradient = g[i]! + DECAY * theta[i]!;
    const mean = BETA1 * m[i]! + (1 - BETA1) * gradient;
    const square = BETA2 * v[i]! + (1 - BETA2) * gradient * gradient;
    const meanHat = mean / (1 - BETA1 ** step);
    const squareHat = square / (1 - BETA2 ** step);
    out[i] = theta[i]! - (LR * meanHat) / (Math.sqrt(squareHat) + EPSILON);
    out[N + i] = mean;
    out[2 * N + i] = square;
  }
}

export const adamL2 = defineVariant<AdamwInput, AdamwShape>({
  name: 'adam-l2',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-27'],
  idea: 'the decay as a gradient of ½ λ θ², which Adam then divides by √v̂: weights with large gradients hardly decay, and where the gradient is 0 every weight moves by lr, whatever its size',
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'another function: m is off by (1 − β1) λ θ, without bound relative to a gradient of 0',
  },
  prepare: (input, { N, step }) => jsVariant(3 * N, (out) => adamL2Step(input, out, N, step)),
});
