import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { QkvInput, QkvShape } from './index.ts';

/**
 * Columns at … at + R of rows of `stride` in out: x[T,C] times w[R,C] transposed, a dot product an element, summed in float64. NaN and
 * Infinity go where the sums take them.
 */
export function projectNaive(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  { T, C, R, stride, at }: { T: number; C: number; R: number; stride: number; at: number },
): void {
  for (let t = 0; t < T; t++) {
    for (let r = 0; r < R; r++) {
      let sum = 0;
      for (let c = 0; c < C; c++) sum += w[r * C + c]! * x[t * C + c]!;
      out[t * stride + at + r] = sum;
    }
  }
}

export const naive = defineVariant<QkvInput, QkvShape>({
  name: 'naive',
  backend: 'js',
  idea: 'three products, one after the other: each reads the input again',
  prepare: ({ x, wq, wk, wv }, { T, C, Q, G }) => {
    const stride = Q + 2 * G;
    return jsVariant(T * stride, (out) => {
      projectNaive(x, wq, out, { T, C, R: Q, stride, at: 0 });
      projectNaive(x, wk, out, { T, C, R: G, stride, at: Q });
      projectNaive(x, wv, out, { T, C, R: G, stride, at: Q + G });
    });
  },
});
