import type { AttentionInput } from '../attention/index.ts';
import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { expNonPositive } from '../softmax/polynomial.ts';
import type { DecodeShape } from './index.ts';

/** Numbers of one head's part: sums of weighted values, their highest score, and the sum of the weights relative to it. */
export const partLength = (D: number): number => D + 2;

/**
 * The part of head `h` that the keys [from, to) make, at `parts[at…]`: D sums, the highest score, the sum of the weights.
 * @param scores room for to − from numbers
 */
export function attendKeys(
  { q, k, v }: AttentionInput,
  parts: Float64Array,
  at: number,
  { H, G, D }: DecodeShape,
  h: number,
  from: number,
  to: number,
  scores: Float64Array,
): void {
  const step = G * D;
  const first = from * step + Math.floor((h * G) / H) * D;
  const n = to - from;
  const scale = 1 / Math.sqrt(D);
  const query = h * D;
  let max = Number.NEGATIVE_INFINITY;
  let key = first;
  let j = 0;
  // Four keys at a time: four sums that do not wait for each other, and an element of the query is loaded once for all.
  for (; j + 4 <= n; j += 4, key += 4 * step) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let d = 0; d < D; d++) {
      const x = q[query + d]!;
      s0 += x * k[key + d]!;
      s1 += x * k[key + step + d]!;
      s2 += x * k[key + 2 * step + d]!;
      s3 += x * k[key + 3 * step + d]!;
    }
    scores[j] = s0 * scale;
    scores[j + 1] = s1 * scale;
    scores[j + 2] = s2 * scale;
    scores[j + 3] = s3 * scale;
  }
  for (; j < n; j++, key += step) {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += q[query + d]! * k[key + d]!;
    scores[j] = sum * scale;
  }
  for (j = 0; j < n; j++) if (scores[j]! > max) max = scores[j]!;
  let total = 0;
  // Only −Infinity: weights of 0 rather than e^(−∞ − −∞), so that a part of the keys may be so, and 0 / 0 where all are.
  const shift = max === Number.NEGATIVE_INFINITY ? 0 : max;
  for (j = 0; j < n; j++) {
    const weight = expNonPositive(scores[j]! - shift);
    scores[j] = weight;
    total += weight;
  }
  parts.fill(0, at, at + D);
  parts[at + D] = max;
  parts[at + D + 1] = total;
  let value = first;
  for (j = 0; j + 4 <= n; j += 4, value += 4 * step) {
    const w0 = scores[j]!;
    const w1 = scores[j + 1]!;
    const w2 = scores[j + 2]!;
    const w3 = scores[j + 3]!;
    for (let d = 0; d < D; d++)
      parts[at + d]! +=
        w0 * v[value + d]! +
        w1 * v[value + step + d]! +
        (w2 * v[value + 2 * step + d]! + w3 * v[value + 3 * step + d]!);
  }
  for (; j < n; j++, value += step) for (let d = 0; d < D; d++) parts[at + d]! += scores[j]! * v[value + d]!;
}

/** All heads, all keys. */
export function attendBlocked(
  input: AttentionInput,
  out: Float32Array,
  shape: DecodeShape,
  part: Float64Array,
  scores: Float64Array,
): void {
  const { S, H, D } = shape;
  for (let h = 0; h < H; h++) {
    attendKeys(input, part, 0, shape, h, 0, S, scores);
    const factor = 1 / part[D + 1]!;
    for (let d = 0; d < D; d++) out[h * D + d] = part[d]! * factor;
  }
}

export const blocked = defineVariant<AttentionInput, DecodeShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'keys and values in fours, walked along their rows; the exponential as a polynomial, one division a head',
  prepare(input, shape) {
    const part = new Float64Array(partLength(shape.D));
    const scores = new Float64Array(shape.S);
    return jsVariant(shape.H * shape.D, (out) => attendBlocked(input, out, shape, part, scores));
  },
});
