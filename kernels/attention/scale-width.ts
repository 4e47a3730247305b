import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** Rows as in naive.ts, with scores divided by √(H · D), the width of the model, in place of √D. */
export function attentionScaledByWidth(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { T, S, H, G, D }: AttentionShape,
  scores: Float64Array,
): void {
  const scale = 1 / Math.sqrt(H * D);
  for (let row = 0; row < T * H; row++) {
    const group = Math.floor(((row % H) * G) / H);
    const seen = S - T + Math.floor(row / H) + 1;
    let max = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < seen; j++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += q[row * D + d]! * k[(j * G + group) * D + d]!;
      scores[j] = sum * scale;
      max = Math.max(max, scores[j]!);
    }
    let total = 0;
    for (let j = 0; j < seen; j++) {
      scores[j] = Math.exp(scores[j]! - max);
      total += scores[j]!;
    }
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let j = 0; j < seen; j++) sum += scores[j]! * v[(j * G + group) * D + d]!;
      out[row * D + d] = sum / total;
    }
  }
}

export const scaleWidth = defineVariant<AttentionInput, AttentionShape>({
  name: 'scale-width',
  backend: 'js',
  idea: 'scores divided by the root of the model’s width instead of a head’s: with 8 heads 2.8 times too flat a softmax',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: 1,
    why: 'found: weights of a softmax that is too flat differ from the right ones by the order of themselves',
  },
  ledger: ['S3-16'],
  prepare(input, shape) {
    const scores = new Float64Array(shape.S);
    return jsVariant(shape.T * shape.H * shape.D, (out) => attentionScaledByWidth(input, out, shape, scores));
  },
});
