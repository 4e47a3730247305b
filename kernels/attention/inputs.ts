import { normals, type Rng, uniforms } from '../lib/rng.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** Scores of standard deviation 2, about as trained models have them. */
export function ordinary({ T, S, H, G, D }: AttentionShape, rng: Rng): AttentionInput {
  return { q: normals(rng, T * H * D, 2), k: normals(rng, S * G * D), v: normals(rng, S * G * D) };
}

/** An ordinary input whose tokens are changed in place. */
const changed =
  (change: (input: AttentionInput, shape: AttentionShape, rng: Rng) => void) =>
  (shape: AttentionShape, rng: Rng): AttentionInput => {
    const input = ordinary(shape, rng);
    change(input, shape, rng);
    return input;
  };

/** Sets every element of every head of token `t`. */
function setToken(x: Float32Array, t: number, { G, D }: AttentionShape, value: number): void {
  x.fill(value, t * G * D, (t + 1) * G * D);
}

export const HOSTILE = {
  'scores of hundreds': changed(({ q }) => {
    for (let i = 0; i < q.length; i++) q[i]! *= 200;
  }),
  // Only the last query sees it. Where masked weights are 0 and not left out, 0 · NaN spoils all others too.
  'the last token with NaN as its key and Infinity as its value': changed(({ k, v }, shape) => {
    setToken(k, shape.S - 1, shape, Number.NaN);
    setToken(v, shape.S - 1, shape, Number.POSITIVE_INFINITY);
  }),
  'equal keys, values from 1 to 2': ({ T, S, H, G, D }: AttentionShape, rng: Rng): AttentionInput => ({
    q: normals(rng, T * H * D),
    k: new Float32Array(S * G * D).fill(0.25),
    v: uniforms(rng, S * G * D, 1, 2),
  }),
  // Each key beats the one before, so that an online maximum rises at every step; 60 in all.
  'scores that rise along the keys': ({ T, S, H, G, D }: AttentionShape, rng: Rng): AttentionInput => ({
    q: new Float32Array(T * H * D).fill(60 / Math.sqrt(D)),
    k: Float32Array.from({ length: S * G * D }, (_, i) => Math.floor(i / (G * D)) / S),
    v: normals(rng, S * G * D),
  }),
  // A score of −Infinity is a weight of 0; the first query has no other, and is NaN where nothing is cached.
  'every other key at −Infinity': changed(({ q, k }, { G, D }) => {
    for (let i = 0; i < q.length; i += D) q[i] = 1;
    for (let i = 0; i < k.length; i += D)
      if (Math.floor(i / (G * D)) % 2 === 0) k[i] = Number.NEGATIVE_INFINITY;
  }),
  'denormal queries and values': changed(({ q, v }) => {
    for (let i = 0; i < q.length; i++) q[i]! *= 1e-40;
    for (let i = 0; i < v.length; i++) v[i]! *= 1e-40;
  }),
};
