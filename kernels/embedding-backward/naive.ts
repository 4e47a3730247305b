import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EmbeddingBackwardInput, EmbeddingBackwardShape } from './index.ts';

/** All to 0, then each token's gradient added to its row. */
export function embeddingBackward(ids: Int32Array, g: Float32Array, table: Float32Array, D: number): void {
  table.fill(0);
  for (let t = 0; t < ids.length; t++) {
    const row = ids[t]! * D;
    for (let d = 0; d < D; d++) table[row + d] = table[row + d]! + g[t * D + d]!;
  }
}

export const naive = defineVariant<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the table to 0, then each token added to its row: with a large vocabulary the zeros are most of the work',
  prepare: ({ ids, g }, { V, D }) => jsVariant(V * D, (table) => embeddingBackward(ids, g, table, D)),
});
