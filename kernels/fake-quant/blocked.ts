import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { FakeQuantShape } from './index.ts';

/** 1.5 · 2^52: adding it and taking it away again rounds a float64 to an integer, halves to even. */
const MAGIC = 6755399441055744;

/** Rows [from, to) of `x` `[R, C]`; `out` may be `x`. */
export function fakeQuantRows(
  x: Float32Array,
  out: Float32Array,
  C: number,
  B: number,
  from: number,
  to: number,
): void {
  const most = 2 ** (B - 1) - 1;
  for (let r = from; r < to; r++) {
    const start = r * C;
    const end = start + C;
    let largest = 0;
    for (let i = start; i < end; i++) {
      const v = Math.abs(x[i]!);
      // A comparison, not Math.max: a NaN is passed over and comes back below.
      if (v > largest) largest = v;
    }
    const step = Math.fround(largest / most);
    if (step < 2 ** -126) {
      for (let i = start; i < end; i++) out[i] = x[i]! * 0;
      continue;
    }
    // Times the reciprocal of a float64: the quotient is wrong by 2^-52 of itself, far below what decides between two integers.
    const inverse = 1 / step;
    for (let i = start; i < end; i++) out[i] = (x[i]! * inverse + MAGIC - MAGIC) * step;
  }
}

export const blocked = defineVariant<Float32Array, FakeQuantShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'one division a row; rounding by adding 1.5 · 2^52, which V8 does in two additions, Math.round in a dozen instructions',
  prepare: (x, { R, C, B }) => jsVariant(R * C, (out) => fakeQuantRows(x, out, C, B, 0, R)),
});
