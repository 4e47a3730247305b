import type { Reference } from '../kernel.ts';
import type { LossScaleInput } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 2 ** -23;

/** w − 0.01 g / scale in float64, or w itself where one g is not finite. */
export function lossScaleReference({ w, g, scale }: LossScaleInput): Reference {
  const finite = g.every((v) => Number.isFinite(v));
  return {
    values: Float64Array.from(w, (v, i) => (finite ? v - (0.01 * g[i]!) / scale : v)),
    scale: Float64Array.from(w, (v, i) =>
      finite ? Math.abs(v) + Math.abs(g[i]!) * (0.01 / scale) + 2 ** -149 : 2 ** -149,
    ),
  };
}
