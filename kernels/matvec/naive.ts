import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

/** y[R] = w[R,C] · x[C]: a dot product a row, summed in float64. NaN and Infinity go where the sums take them. */
export function matvecNaive(w: Float32Array, x: Float32Array, y: Float32Array, { R, C }: MatvecShape): void {
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += w[r * C + c]! * x[c]!;
    y[r] = sum;
  }
}

export const naive = defineVariant<MatvecInput, MatvecShape>({
  name: 'naive',
  backend: 'js',
  idea: 'a dot product a row: one chain of additions, each waiting for the one before',
  prepare: ({ w, x }, shape) => jsVariant(shape.R, (y) => matvecNaive(w, x, y, shape)),
});
