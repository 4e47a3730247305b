import type { Reference } from '../kernel.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

/** Row id of the table for each id. */
export function embeddingReference({ table, ids }: EmbeddingInput, { T, D }: EmbeddingShape): Reference {
  const values = new Float64Array(T * D);
  for (let i = 0; i < T * D; i++) values[i] = table[ids[Math.floor(i / D)]! * D + (i % D)]!;
  return { values };
}
