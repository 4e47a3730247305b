import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { QkvInput, QkvShape } from './index.ts';
import { stacked } from './stacked.ts';

/** Rows of weights that are multiplied with an element of x at once. */
export const ROWS = 4;

/**
 * Columns at + from … at + to of rows of `stride` in out, from rows from … to of w. Four rows at once: an element of x is loaded for
 * four products, and four chains of additions do not wait for each other.
 */
export function projectBlocked(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  { T, C, stride, at }: { T: number; C: number; stride: number; at: number },
  from: number,
  to: number,
): void {
  const whole = from + Math.floor((to - from) / ROWS) * ROWS;
  for (let r = from; r < whole; r += ROWS) {
    for (let t = 0; t < T; t++) {
      const [p0, p1, p2, p3] = [r * C, (r + 1) * C, (r + 2) * C, (r + 3) * C];
      const p = t * C;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let c = 0; c < C; c++) {
        const v = x[p + c]!;
        s0 += w[p0 + c]! * v;
        s1 += w[p1 + c]! * v;
        s2 += w[p2 + c]! * v;
        s3 += w[p3 + c]! * v;
      }
      const o = t * stride + at + r;
      out[o] = s0;
      out[o + 1] = s1;
      out[o + 2] = s2;
      out[o + 3] = s3;
    }
  }
  for (let r = whole; r < to; r++) {
    for (let t = 0; t < T; t++) {
      let sum = 0;
      for (let c = 0; c < C; c++) sum += w[r * C + c]! * x[t * C + c]!;
      out[t * stride + at + r] = sum;
    }
  }
}

export const blocked = defineVariant<QkvInput, QkvShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'stacked weights, four rows at once: four chains of additions side by side',
  prepare: (input, { T, C, Q, G }) => {
    const R = Q + 2 * G;
    const w = stacked(input);
    return jsVariant(T * R, (out) => projectBlocked(input.x, w, out, { T, C, stride: R, at: 0 }, 0, R));
  },
});
