import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/**
 * The formula as it is written: a new array of all H · T · S scores, softmax over its rows, and the mean of the values with these
 * weights. A query's loop ends at its own key, so that nothing needs a mask.
 */
export function attentionNaive(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { T, S, H, G, D }: AttentionShape,
): void {
  const scores = new Float32Array(H * T * S);
  const scale = 1 / Math.sqrt(D);
  for (let h = 0; h < H; h++) {
    const group = Math.floor((h * G) / H);
    for (let t = 0; t < T; t++) {
      const row = (h * T + t) * S;
      const query = (t * H + h) * D;
      const seen = S - T + t + 1;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < seen; j++) {
        const key = (j * G + group) * D;
        let sum = 0;
        for (let d = 0; d < D; d++) sum += q[query + d]! * k[key + d]!;
        scores[row + j] = sum * scale;
        max = Math.max(max, scores[row + j]!);
      }
      let total = 0;
      for (let j = 0; j < seen; j++) {
        scores[row + j] = Math.exp(scores[row + j]! - max);
        total += scores[row + j]!;
      }
      for (let j = 0; j < seen; j++) scores[row + j] = scores[row + j]! / total;
      for (let d = 0; d < D; d++) {
        let sum = 0;
        for (let j = 0; j < seen; j++) sum += scores[row + j]! * v[(j * G + group) * D + d]!;
        out[query + d] = sum;
      }
    }
  }
}

export const naive = defineVariant<AttentionInput, AttentionShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: all H · T · S scores in an array that every call allocates (128 MiB at 8 heads and 2048 tokens)',
  ledger: ['S3-12', 'S4-9'],
  prepare: (input, shape) =>
    jsVariant(shape.T * shape.H * shape.D, (out) => attentionNaive(input, out, shape)),
});
