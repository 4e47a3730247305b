import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** (1 + x/256)^256, by eight squarings: the limit that defines e^x, stopped at n = 256. */
export function expPower256(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    let y = 1 + x[i]! / 256;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    out[i] = y;
  }
}

export const power256 = defineVariant<Float32Array, ElementwiseShape>({
  name: 'power256',
  backend: 'js',
  idea: '(1 + x/256)^256: off by x²/512 of itself (−4.8 % at −5, −18 % at −10), and below −512 it rises again, so that a mask of −1e9 becomes Infinity',
  exhibit: true,
  ledger: ['S2-6'],
  tolerance: {
    metric: 'rel',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds on all inputs: Infinity where the truth is 0; on [−8, 8] it is low by at most 12.2 % (exp.test.ts)',
  },
  prepare: (x, { N }) => jsVariant(N, (out) => expPower256(x, out)),
});
