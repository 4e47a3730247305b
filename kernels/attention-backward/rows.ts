import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionBackwardInput, AttentionBackwardShape } from './index.ts';

/**
 * A query at a time: one row of probabilities and one of their gradients, from which dq is summed, and added to dk and dv of the keys
 * before. Everything goes along rows.
 * @param row `[2 · T]`: working memory, whatever it holds
 */
export function attentionBackward(
  { q, k, v, g }: AttentionBackwardInput,
  out: Float32Array,
  row: Float64Array,
  { H, T, D }: AttentionBackwardShape,
): void {
  const factor = 1 / Math.sqrt(D);
  const size = H * T * D;
  out.fill(0);
  for (let h = 0; h < H; h++) {
    const head = h * T * D;
    for (let i = 0; i < T; i++) {
      const query = head + i * D;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j <= i; j++) {
        const key = head + j * D;
        let score = 0;
        let dp = 0;
        for (let d = 0; d < D; d++) {
          score += q[query + d]! * k[key + d]!;
          dp += g[query + d]! * v[key + d]!;
        }
        score *= factor;
        row[j] = score;
        row[T + j] = dp;
        if (score > max) max = score;
      }
      let total = 0;
      let mean = 0;
      for (let j = 0; j <= i; j++) {
        const e = Math.exp(row[j]! - max);
        row[j] = e;
        total += e;
        mean += e * row[T + j]!;
      }
      mean /= total;
      for (let j = 0; j <= i; j++) {
        const key = head + j * D;
        const p = row[j]! / total;
        const ds = p * (row[T + j]! - mean) * factor;
        for (let d = 0; d < D; d++) {
          out[query + d] = out[query + d]! + ds * k[key + d]!;
          out[size + key + d] = out[size + key + d]! + ds * q[query + d]!;
          out[2 * size + key + d] = out[2 * size + key + d]! + p * g[query + d]!;
        }
      }
    }
  }
}

export const rows = defineVariant<AttentionBackwardInput, AttentionBackwardShape>({
  name: 'rows',
  backend: 'js',
  idea: 'a query at a time: no matrix of T × T is kept, and all memory is read and written along rows',
  prepare(input, shape) {
    const row = new Float64Array(2 * shape.T);
    return jsVariant(3 * shape.H * shape.T * shape.D, (out) => attentionBackward(input, out, row, shape));
  },
});
