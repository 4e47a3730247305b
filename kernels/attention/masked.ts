import { defineVariant, type Tolerance } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** `[T, S]`: 0 where query t sees key j, `hidden` where not. */
export function causalMask(T: number, S: number, hidden: number): Float32Array {
  return Float32Array.from({ length: T * S }, (_, i) => (i % S <= S - T + Math.floor(i / S) ? 0 : hidden));
}

/**
 * Attention as many libraries write it: all scores, the mask added, softmax over whole rows, times all the values. It does twice the
 * work of a loop that ends at a query's own key, and hides a value behind a weight of 0 only as long as 0 · value is 0.
 * @param mask `[T, S]`, or nothing to hide nothing
 * @param scores room for S numbers: rows are independent, and memory is not what this is about
 */
export function attentionMasked(
  { q, k, v }: AttentionInput,
  out: Float32Array,
  { T, S, H, G, D }: AttentionShape,
  mask: Float32Array | undefined,
  scale: number,
  scores: Float32Array,
): void {
  for (let h = 0; h < H; h++) {
    const group = Math.floor((h * G) / H);
    for (let t = 0; t < T; t++) {
      const query = (t * H + h) * D;
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < S; j++) {
        const key = (j * G + group) * D;
        let sum = 0;
        for (let d = 0; d < D; d++) sum += q[query + d]! * k[key + d]!;
        scores[j] = sum * scale + (mask ? mask[t * S + j]! : 0);
        max = Math.max(max, scores[j]!);
      }
      let total = 0;
      for (let j = 0; j < S; j++) {
        scores[j] = Math.exp(scores[j]! - max);
        total += scores[j]!;
      }
      for (let d = 0; d < D; d++) {
        let sum = 0;
        for (let j = 0; j < S; j++) sum += scores[j]! * v[(j * G + group) * D + d]!;
        out[query + d] = sum / total;
      }
    }
  }
}

const leaks: Tolerance = {
  metric: 'scaled',
  bound: Number.POSITIVE_INFINITY,
  why: 'a NaN or Infinity in a later token reaches every earlier one: 0 · NaN and 0 · Infinity are NaN',
};

function maskedVariant(name: string, idea: string, hidden: number) {
  return defineVariant<AttentionInput, AttentionShape>({
    name,
    backend: 'js',
    idea,
    exhibit: true,
    tolerance: leaks,
    ledger: ['S2-31'],
    prepare(input, shape) {
      const mask = causalMask(shape.T, shape.S, hidden);
      const scores = new Float32Array(shape.S);
      return jsVariant(shape.T * shape.H * shape.D, (out) =>
        attentionMasked(input, out, shape, mask, 1 / Math.sqrt(shape.D), scores),
      );
    },
  });
}

export const maskBillion = maskedVariant(
  'mask-billion',
  '−1e9 is added to hidden scores: twice the work, what is hidden leaks a NaN, and a row with all hidden becomes a plain mean',
  -1e9,
);

export const maskInfinity = maskedVariant(
  'mask-infinity',
  '−Infinity is added to hidden scores: twice the work, what is hidden leaks a NaN, and a row with all hidden becomes NaN',
  Number.NEGATIVE_INFINITY,
);
