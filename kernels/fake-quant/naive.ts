import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { FakeQuantShape } from './index.ts';

/** The formula as it is written, but for Math.round, which takes halves up and not to even. */
export function fakeQuantNaive(x: Float32Array, out: Float32Array, { R, C, B }: FakeQuantShape): void {
  for (let r = 0; r < R; r++) {
    let largest = 0;
    for (let i = r * C; i < (r + 1) * C; i++) if (Math.abs(x[i]!) > largest) largest = Math.abs(x[i]!);
    const step = Math.fround(largest / (2 ** (B - 1) - 1));
    for (let i = r * C; i < (r + 1) * C; i++) {
      // By the sign: Math.round(−2.5) is −2.
      const rounded = Math.sign(x[i]!) * Math.round(Math.abs(x[i]!) / step);
      out[i] = step < 2 ** -126 ? x[i]! * 0 : step * rounded;
    }
  }
}

export const naive = defineVariant<Float32Array, FakeQuantShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula with Math.round, which takes halves of a step away from 0: the neighbours of a half are as near',
  prepare: (x, shape) => jsVariant(shape.R * shape.C, (out) => fakeQuantNaive(x, out, shape)),
});
