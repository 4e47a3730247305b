import type { Reference } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import type { AttentionInput, AttentionShape } from './index.ts';
import { BOUND } from './tolerance.ts';

/** More products than this take too long: the reference is then a sample of ROWS rows. */
const WHOLE = 5e5;
const ROWS = 32;

/**
 * Each query's head by itself, in float64: scores with every key that it sees, their softmax, the mean of the values so weighted.
 * `scale` is what rounding grows with (see BOUND), plus what flushing denormals may change. A large output is sampled: rows (a row
 * is one head of one token) at random, and always those of the first and last token.
 */
export function attentionReference({ q, k, v }: AttentionInput, shape: AttentionShape, rng: Rng): Reference {
  const { T, S, H, G, D } = shape;
  const whole = T * S * H * D <= WHOLE;
  const rows = Array.from({ length: whole ? T * H : ROWS }, (_, i) => {
    if (whole) return i;
    if (i < 8) return i % H;
    return i < 16 ? T * H - 1 - (i % H) : rng.integer(T * H);
  });
  const values = new Float64Array(rows.length * D);
  const scale = new Float64Array(rows.length * D);
  const indices = new Uint32Array(rows.length * D);
  const weights = new Float64Array(S);
  const magnitudes = new Float64Array(S);
  rows.forEach((row, at) => {
    const t = Math.floor(row / H);
    const group = Math.floor(((row % H) * G) / H);
    const seen = S - T + t + 1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < seen; j++) {
      let score = 0;
      let magnitude = 0;
      for (let d = 0; d < D; d++) {
        const product = q[row * D + d]! * k[(j * G + group) * D + d]!;
        score += product;
        magnitude += Math.abs(product);
      }
      weights[j] = score / Math.sqrt(D);
      magnitudes[j] = magnitude / Math.sqrt(D);
      highest = Math.max(highest, weights[j]!);
    }
    let sum = 0;
    for (let j = 0; j < seen; j++) {
      weights[j] = Math.exp(weights[j]! - highest);
      sum += weights[j]!;
    }
    let mean = 0;
    // A key at −Infinity has no weight, and no error either.
    for (let j = 0; j < seen; j++) if (weights[j] !== 0) mean += (weights[j]! / sum) * magnitudes[j]!;
    for (let d = 0; d < D; d++) {
      let value = 0;
      let error = 2 ** -126 / BOUND;
      for (let j = 0; j < seen; j++) {
        const term = (weights[j]! / sum) * v[(j * G + group) * D + d]!;
        value += term;
        if (weights[j] !== 0)
          error +=
            Math.abs(term) * (1 + magnitudes[j]! + mean) +
            (2 ** -126 / BOUND) * Math.abs(v[(j * G + group) * D + d]!);
      }
      values[at * D + d] = value;
      scale[at * D + d] = error;
      indices[at * D + d] = row * D + d;
    }
  });
  return whole ? { values, scale } : { values, scale, indices };
}
