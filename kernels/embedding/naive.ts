import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

/** Element by element. */
export function embeddingNaive(
  table: Float32Array,
  ids: Int32Array,
  out: Float32Array,
  T: number,
  D: number,
): void {
  for (let t = 0; t < T; t++) {
    for (let d = 0; d < D; d++) out[t * D + d] = table[ids[t]! * D + d]!;
  }
}

export const naive = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'naive',
  backend: 'js',
  idea: 'element by element',
  prepare: ({ table, ids }, { T, D }) => jsVariant(T * D, (out) => embeddingNaive(table, ids, out, T, D)),
});
