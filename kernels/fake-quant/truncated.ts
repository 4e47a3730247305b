import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { FakeQuantShape } from './index.ts';

/** x / s cut to an integer, as a conversion to one does it. */
export function fakeQuantTruncated(x: Float32Array, out: Float32Array, { R, C, B }: FakeQuantShape): void {
  for (let r = 0; r < R; r++) {
    let largest = 0;
    for (let i = r * C; i < (r + 1) * C; i++) largest = Math.max(largest, Math.abs(x[i]!));
    const step = largest / (2 ** (B - 1) - 1);
    for (let i = r * C; i < (r + 1) * C; i++) out[i] = step * ((x[i]! / step) | 0);
  }
}

export const truncated = defineVariant<Float32Array, FakeQuantShape>({
  name: 'truncated',
  backend: 'js',
  idea: 'the conversion to an integer cuts instead of rounding: an error of up to a step instead of half of one, everything drawn towards 0, a bit of accuracy gone',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'none holds relative to the output, which is 0 up to a whole step; relative to the step it errs by 1',
  },
  prepare: (x, shape) => jsVariant(shape.R * shape.C, (out) => fakeQuantTruncated(x, out, shape)),
});
