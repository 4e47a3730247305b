import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

const SLOPE = Math.sqrt(2 / Math.PI);
/** In place of −Infinity, which times 0 would be NaN. */
const LOWEST = -3.4028234663852886e38;

/** The tanh form, its tanh being the Padé approximant [3/2], ±1 beyond ±3. 0 for −Infinity, NaN for NaN. */
export function geluPade(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = Math.max(x[i]!, LOWEST);
    const t = SLOPE * v * (1 + 0.044715 * v * v);
    const u = t * t;
    out[i] = 0.5 * v * (1 + (t > 3 ? 1 : t < -3 ? -1 : (t * (27 + u)) / (27 + 9 * u)));
  }
}

export const pade = defineVariant<Float32Array, ElementwiseShape>({
  name: 'pade',
  backend: 'js',
  idea: 'the tanh form with a Padé approximant: no library call, and two digits',
  approximation: true,
  ledger: ['S2-9'],
  tolerance: {
    metric: 'abs',
    bound: 0.02175,
    why: 'an approximation by design: its largest error is 0.021741, at x = ±1.9637, nearly all of it from the tanh',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => geluPade(x, out)),
});
