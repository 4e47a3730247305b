import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EmbeddingBackwardInput, EmbeddingBackwardShape } from './index.ts';

/** As indexed assignment of array code does it: of a row that is taken twice the last gradient stays. */
export function embeddingOverwrite(ids: Int32Array, g: Float32Array, table: Float32Array, D: number): void {
  table.fill(0);
  for (let t = 0; t < ids.length; t++) table.set(g.subarray(t * D, t * D + D), ids[t]! * D);
}

export const overwrite = defineVariant<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'overwrite',
  backend: 'js',
  exhibit: true,
  idea: 'each row copied to its place instead of added: right until an id repeats, then the last token has it all',
  tolerance: {
    metric: 'scaled',
    bound: 1,
    why: 'relative to Σ|g|: what is left out is the sum of all gradients of a row but the last',
  },
  prepare: ({ ids, g }, { V, D }) => jsVariant(V * D, (table) => embeddingOverwrite(ids, g, table, D)),
});
