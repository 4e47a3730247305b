import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

/** Rows [from, to) of y[R] = w[R,C] · x[C]: four rows at once, whose sums do not wait for each other and share x. */
export function matvecUnrolled(
  w: Float32Array,
  x: Float32Array,
  y: Float32Array,
  C: number,
  from: number,
  to: number,
): void {
  let r = from;
  for (; r + 4 <= to; r += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let p = r * C;
    let q = p + C;
    let u = q + C;
    let v = u + C;
    for (let c = 0; c < C; c++) {
      const xc = x[c]!;
      s0 += w[p++]! * xc;
      s1 += w[q++]! * xc;
      s2 += w[u++]! * xc;
      s3 += w[v++]! * xc;
    }
    y[r] = s0;
    y[r + 1] = s1;
    y[r + 2] = s2;
    y[r + 3] = s3;
  }
  for (; r < to; r++) {
    let sum = 0;
    for (let c = 0, p = r * C; c < C; c++, p++) sum += w[p]! * x[c]!;
    y[r] = sum;
  }
}

export const unrolled = defineVariant<MatvecInput, MatvecShape>({
  name: 'unrolled',
  backend: 'js',
  idea: 'four rows at once: four chains of additions in flight, and each element of x is loaded for four',
  prepare: ({ w, x }, { R, C }) => jsVariant(R, (y) => matvecUnrolled(w, x, y, C, 0, R)),
});
