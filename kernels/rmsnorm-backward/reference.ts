import type { Reference } from '../kernel.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormBackwardInput, RmsnormBackwardShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 6e-7;
const FLUSHED = 2 ** -122 / BOUND;

/** In float64, the formula with x̂ = x / √(mean x² + ε). `scale` has the magnitudes of what is added and subtracted. */
export function rmsnormBackwardReference(
  { x, w, g }: RmsnormBackwardInput,
  { R, C }: RmsnormBackwardShape,
): Reference {
  const values = new Float64Array(R * C + C);
  const scale = new Float64Array(R * C + C).fill(FLUSHED);
  for (let r = 0; r < R; r++) {
    const row = Array.from(x.subarray(r * C, r * C + C));
    const root = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / C + EPSILON);
    const hat = row.map((v) => v / root);
    const h = hat.map((_, c) => g[r * C + c]! * w[c]!);
    const mean = hat.reduce((sum, v, c) => sum + v * h[c]!, 0) / C;
    const meanMagnitude = hat.reduce((sum, v, c) => sum + Math.abs(v * h[c]!), 0) / C;
    for (let c = 0; c < C; c++) {
      const i = r * C + c;
      values[i] = (h[c]! - hat[c]! * mean) / root;
      scale[i]! += (Math.abs(h[c]!) + Math.abs(hat[c]!) * meanMagnitude + FLUSHED) / root;
      values[R * C + c]! += g[i]! * hat[c]!;
      scale[R * C + c]! += Math.abs(g[i]! * hat[c]!);
    }
  }
  return { values, scale };
}
