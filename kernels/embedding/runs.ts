import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

/** All rows that follow one another at once: positions are one slice. */
export function embeddingRuns(
  table: Float32Array,
  ids: Int32Array,
  out: Float32Array,
  T: number,
  D: number,
): void {
  for (let t = 0; t < T; ) {
    const first = ids[t]!;
    let length = 1;
    while (t + length < T && ids[t + length] === first + length) length++;
    out.set(table.subarray(first * D, (first + length) * D), t * D);
    t += length;
  }
}

export const runs = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'runs',
  backend: 'js',
  idea: '`rows` that takes together what follows one another: positions are one slice, tokens seldom are',
  prepare: ({ table, ids }, { T, D }) => jsVariant(T * D, (out) => embeddingRuns(table, ids, out, T, D)),
});
