import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/**
 * Padé approximant [3/2] of tanh at 0, which reaches ±1 with slope 0 at ±3; ±1 beyond, NaN for NaN. Inputs that cross ±3 in
 * no order make the processor guess wrong, which costs more than the longer formula of `blocked`.
 */
export function tanhPade(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    const u = v * v;
    out[i] = v > 3 ? 1 : v < -3 ? -1 : (v * (27 + u)) / (27 + 9 * u);
  }
}

export const pade = defineVariant<Float32Array, ElementwiseShape>({
  name: 'pade',
  backend: 'js',
  idea: 'x(27 + x²) / (27 + 9x²), ±1 beyond ±3: no exponential, and two digits',
  approximation: true,
  ledger: ['S2-7', 'S2-8'],
  tolerance: {
    metric: 'abs',
    bound: 0.0236,
    why: 'an approximation by design: its largest error is 0.02352, at x = ±1.566; often quoted as 0.001, which it exceeds from |x| = 0.309',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => tanhPade(x, out)),
});
