import type { Reference } from '../kernel.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 6e-7;

/**
 * dx[r, c] = y (g − Σ_c g y) in float64. A NaN in g makes its whole row NaN. `scale`
 * is y (|g| + Σ |g y|) plus what flushing denormals to 0 may change.
 */
export function softmaxBackwardReference(
  { y, g }: SoftmaxBackwardInput,
  { R, C }: SoftmaxBackwardShape,
): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    let sum = 0;
    let magnitude = 0;
    for (let i = r * C; i < r * C + C; i++) {
      sum += g[i]! * y[i]!;
      magnitude += Math.abs(g[i]! * y[i]!);
    }
    for (let i = r * C; i < r * C + C; i++) {
      values[i] = y[i]! * (g[i]! - sum);
      scale[i] = y[i]! * (Math.abs(g[i]!) + magnitude) + (2 ** -125 * C) / BOUND;
    }
  }
  return { values, scale };
}
