import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { attentionBackwardReference, BOUND } from './reference.ts';
import { rows } from './rows.ts';
import { simd, simdThreads } from './simd.ts';

/** Heads, tokens, elements of a head. */
export type AttentionBackwardShape = { readonly H: number; readonly T: number; readonly D: number };

/** Queries, keys, values and the gradient with respect to the result: all `[H, T, D]`. */
export interface AttentionBackwardInput {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly g: Float32Array;
}

const changed =
  (deviation: number, change: (v: number, index: number) => number = (v) => v) =>
  ({ H, T, D }: AttentionBackwardShape, rng: Rng): AttentionBackwardInput => ({
    q: normals(rng, H * T * D, deviation),
    k: normals(rng, H * T * D, deviation),
    v: normals(rng, H * T * D),
    g: normals(rng, H * T * D).map(change),
  });

/**
 * The gradient of causal attention, o = p v with p = softmax(q kᵀ / √D) over the keys up to the query's own, with respect to q, k and v,
 * one behind the other. The probabilities are computed again. No workers and no WebGPU yet: `simd-threads` shows what sharing the heads
 * gives, and a shader for it is that of `attention` three times over.
 */
export const attentionBackward = defineKernel<AttentionBackwardInput, AttentionBackwardShape>({
  name: 'attention-backward',
  formula:
    'out[3·H·T·D]: dq = ds k / √D, dk = dsᵀ q / √D, dv = pᵀ g, ds = p (g vᵀ − Σ p (g vᵀ)), p = softmax(q[H,T,D] kᵀ / √D), causal',
  learned: [
    'Not to keep three matrices of T × T a head is worth 4.6 in JavaScript, and SIMD eight more. Two threads gain 1.7 on nine heads, five for one and four for the other.',
  ],
  cases: [
    { shape: { H: 1, T: 1, D: 1 }, from: 'one element: no gradient for q and k' },
    { shape: { H: 2, T: 3, D: 5 }, from: 'odd, fewer heads than threads' },
    { shape: { H: 3, T: 17, D: 15 }, from: 'tile + 1 tokens, a head of tile − 1' },
    { shape: { H: 4, T: 64, D: 32 }, from: 'a model of bytes, W-AIC: half its context' },
    { shape: { H: 9, T: 128, D: 64 }, from: 'SmolLM2-135M: 128 tokens, all heads with keys of their own' },
  ],
  inputs: changed(1),
  hostile: {
    'scores of hundreds': changed(10),
    'scores of 0': changed(0),
    'gradients of 1e15': changed(1, (v) => v * 1e15),
    'denormal gradients': changed(1, (v) => v * 1e-40),
    'a NaN': changed(1, (v, i) => (i === 0 ? Number.NaN : v)),
  },
  reference: attentionBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to the magnitudes of all terms, scores included: sums over D products and over up to 128 tokens in float32, and an exponential of a score that is off by 2^-24 of its terms',
  },
  // Five products of T × D by D × T or the like, half of each under the mask.
  work: ({ H, T, D }) => ({ flops: 5 * H * T * (T + 1) * D, bytes: 28 * H * T * D }),
  where: (_, { H, T, D }, i) =>
    `${['dq', 'dk', 'dv'][Math.floor(i / (H * T * D))]}, head ${Math.floor(i / (T * D)) % H}, token ${Math.floor(i / D) % T}, element ${i % D}`,
  variants: [naive, rows, simd, simdThreads],
});
