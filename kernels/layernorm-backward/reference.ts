import type { Reference } from '../kernel.ts';
import { EPSILON } from './constants.ts';
import type { LayernormBackwardInput, LayernormBackwardShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 6e-7;
const FLUSHED = 2 ** -122 / BOUND;

/**
 * In float64, the formula with x̂ = (x − mean) / √(variance + ε). `scale` has the magnitudes of what is added and
 * subtracted; where all of a row is equal, x − mean is the rounding error of a sum in float64, and not 0.
 */
export function layernormBackwardReference(
  { x, w, g }: LayernormBackwardInput,
  { R, C }: LayernormBackwardShape,
): Reference {
  const values = new Float64Array(R * C + 2 * C);
  const scale = new Float64Array(R * C + 2 * C).fill(FLUSHED);
  const meanOf = (row: readonly number[]) => row.reduce((sum, v) => sum + v, 0) / C;
  for (let r = 0; r < R; r++) {
    const row = Array.from(x.subarray(r * C, r * C + C));
    const mean = meanOf(row);
    const root = Math.sqrt(meanOf(row.map((v) => (v - mean) ** 2)) + EPSILON);
    const hat = row.map((v) => (v - mean) / root);
    // Where x is close to the mean, x̂ is off by what the mean is: a rounding of the row's deviations, which x̂ counts as 1.
    const size = row.map((v, c) => 1 + Math.abs(hat[c]!) + (Math.abs(v) * C * 2 ** -53) / root / BOUND);
    const h = hat.map((_, c) => g[r * C + c]! * w[c]!);
    const meanH = meanOf(h);
    const meanHHat = meanOf(hat.map((v, c) => v * h[c]!));
    const magnitude = meanOf(h.map(Math.abs));
    const magnitudeHat = meanOf(size.map((v, c) => v * Math.abs(h[c]!)));
    for (let c = 0; c < C; c++) {
      const i = r * C + c;
      values[i] = (h[c]! - meanH - hat[c]! * meanHHat) / root;
      scale[i]! += (Math.abs(h[c]!) + magnitude + size[c]! * magnitudeHat + FLUSHED) / root;
      values[R * C + c]! += g[i]! * hat[c]!;
      scale[R * C + c]! += Math.abs(g[i]!) * size[c]!;
      values[R * C + C + c]! += g[i]!;
      scale[R * C + C + c]! += Math.abs(g[i]!);
    }
  }
  return { values, scale };
}
