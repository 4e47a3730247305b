import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';

/** The most columns whose Jacobian is made: 4 MB of float32. */
const MOST = 1025;

/**
 * As the chain rule is taught: each row's Jacobian ∂y_i/∂x_j = y_i (δ_ij − y_j) is made, C² numbers, and multiplied by g. It gives the
 * same, C times as slowly.
 */
export function softmaxBackwardJacobian(
  y: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  R: number,
  C: number,
): void {
  const jacobian = new Float64Array(C * C);
  for (let r = 0; r < R; r++) {
    const row = r * C;
    for (let i = 0; i < C; i++) {
      for (let j = 0; j < C; j++) {
        jacobian[i * C + j] = i === j ? y[row + i]! * (1 - y[row + j]!) : -y[row + i]! * y[row + j]!;
      }
    }
    for (let j = 0; j < C; j++) {
      let sum = 0;
      for (let i = 0; i < C; i++) sum += jacobian[i * C + j]! * g[row + i]!;
      dx[row + j] = sum;
    }
  }
}

export const jacobian = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'jacobian',
  backend: 'js',
  idea: 'the Jacobian of each row, C² numbers, times g: what the closed form without it saves',
  unsupported: ({ C }) =>
    C > MOST ? `a Jacobian of ${C} × ${C} for each row: beyond ${MOST} columns it takes seconds` : undefined,
  prepare: ({ y, g }, { R, C }) => jsVariant(R * C, (dx) => softmaxBackwardJacobian(y, g, dx, R, C)),
});
