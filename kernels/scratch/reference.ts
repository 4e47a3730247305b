import type { Reference } from '../kernel.ts';
import type { ScratchInput, ScratchShape } from './index.ts';

export const LAYERS = 4;

/** In float64. `scale` follows the same steps with magnitudes. */
export function scratchReference({ x, w, b }: ScratchInput, { N }: ScratchShape): Reference {
  const values = Float64Array.from(x);
  const scale = Float64Array.from(x, Math.abs);
  for (let i = 0; i < N; i++) {
    for (let layer = 0; layer < LAYERS; layer++) {
      const sum = values[i]! * w[i]! + b[i]!;
      // Not Math.max(0, NaN), which some spell so that it is 0: a NaN stays one.
      values[i] = values[i]! + (sum < 0 ? 0 : sum);
      scale[i] = scale[i]! * (1 + Math.abs(w[i]!)) + Math.abs(b[i]!);
    }
    scale[i]! += 2 ** -126;
  }
  return { values, scale };
}
