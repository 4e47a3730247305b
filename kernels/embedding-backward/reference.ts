import type { Reference } from '../kernel.ts';
import type { EmbeddingBackwardInput, EmbeddingBackwardShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 1.6e-5;

/** Each token's gradient added to its row, in float64; `scale` is Σ|g|. */
export function embeddingBackwardReference(
  { ids, g }: EmbeddingBackwardInput,
  { V, D }: EmbeddingBackwardShape,
): Reference {
  const values = new Float64Array(V * D);
  const scale = new Float64Array(V * D).fill(2 ** -149 / BOUND);
  for (let i = 0; i < g.length; i++) {
    const at = ids[Math.floor(i / D)]! * D + (i % D);
    values[at]! += g[i]!;
    scale[at]! += Math.abs(g[i]!);
  }
  return { values, scale };
}
