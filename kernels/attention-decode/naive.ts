import type { AttentionInput } from '../attention/index.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { DecodeShape } from './index.ts';

/** The formula as it is written: for each head an array of scores, their softmax, and the mean of the values with these weights. */
export function attendNaive(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { S, H, G, D }: DecodeShape,
): void {
  for (let h = 0; h < H; h++) {
    const group = Math.floor((h * G) / H);
    const weights = new Float32Array(S);
    let max = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < S; j++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += q[h * D + d]! * k[(j * G + group) * D + d]!;
      weights[j] = sum / Math.sqrt(D);
      max = Math.max(max, weights[j]!);
    }
    let total = 0;
    for (let j = 0; j < S; j++) {
      weights[j] = Math.exp(weights[j]! - max);
      total += weights[j]!;
    }
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let j = 0; j < S; j++) sum += weights[j]! * v[(j * G + group) * D + d]!;
      out[h * D + d] = sum / total;
    }
  }
}

export const naive = defineVariant<AttentionInput, DecodeShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: an element of the output at a time, so that values are walked down their columns',
  prepare: (input, shape) => jsVariant(shape.H * shape.D, (out) => attendNaive(input, out, shape)),
});
