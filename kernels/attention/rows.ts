import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/**
 * A row of scores at a time, so that S of them are all the memory it needs: exact softmax, no rescaling. The values are added up row
 * by row in float64, each walked along its elements, and divided once an element instead of once a weight.
 * @param scores room for S numbers
 * @param sums room for D numbers
 */
export function attentionRows(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { T, S, H, G, D }: AttentionShape,
  scores: Float64Array,
  sums: Float64Array,
): void {
  const scale = 1 / Math.sqrt(D);
  const step = G * D;
  for (let t = 0; t < T; t++) {
    const seen = S - T + t + 1;
    for (let h = 0; h < H; h++) {
      const query = (t * H + h) * D;
      const first = Math.floor((h * G) / H) * D;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0, key = first; j < seen; j++, key += step) {
        let sum = 0;
        for (let d = 0; d < D; d++) sum += q[query + d]! * k[key + d]!;
        const score = sum * scale;
        scores[j] = score;
        if (score > max) max = score;
      }
      let total = 0;
      sums.fill(0);
      for (let j = 0, value = first; j < seen; j++, value += step) {
        const weight = Math.exp(scores[j]! - max);
        total += weight;
        for (let d = 0; d < D; d++) sums[d] = sums[d]! + weight * v[value + d]!;
      }
      const factor = 1 / total;
      for (let d = 0; d < D; d++) out[query + d] = sums[d]! * factor;
    }
  }
}

export const rows = defineVariant<AttentionInput, AttentionShape>({
  name: 'rows',
  backend: 'js',
  idea: 'one row of scores at a time: memory O(S) without any online softmax, and the values walked along their rows',
  prepare(input, shape) {
    const scores = new Float64Array(shape.S);
    const sums = new Float64Array(shape.D);
    return jsVariant(shape.T * shape.H * shape.D, (out) => attentionRows(input, out, shape, scores, sums));
  },
});
