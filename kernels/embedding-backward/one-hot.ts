import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EmbeddingBackwardInput, EmbeddingBackwardShape } from './index.ts';

/** Products that take some tenths of a second. */
const MOST = 1e8;

/** As a matrix product, onehot[T, V]ᵀ · g[T, D]: V times the additions, nearly all of zeros. */
export function embeddingOneHot(
  ids: Int32Array,
  g: Float32Array,
  table: Float32Array,
  V: number,
  D: number,
): void {
  const T = ids.length;
  const hot = new Float32Array(T * V);
  for (let t = 0; t < T; t++) hot[t * V + ids[t]!] = 1;
  table.fill(0);
  for (let v = 0; v < V; v++) {
    for (let t = 0; t < T; t++) {
      const h = hot[t * V + v]!;
      for (let d = 0; d < D; d++) table[v * D + d] = table[v * D + d]! + h * g[t * D + d]!;
    }
  }
}

export const oneHot = defineVariant<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'one-hot',
  backend: 'js',
  idea: 'a matrix product with one-hot rows, as an embedding is sometimes explained: V times the work, and 4 · T · V bytes allocated',
  unsupported: ({ T, V, D }) =>
    T * V * D > MOST ? `${T} · ${V} · ${D} products, nearly all by 0: seconds` : undefined,
  prepare: ({ ids, g }, { V, D }) => jsVariant(V * D, (table) => embeddingOneHot(ids, g, table, V, D)),
});
