import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionBackwardInput, AttentionBackwardShape } from './index.ts';

/**
 * The formulas as they are written, each a loop over matrices of T × T that are made for it: probabilities, their gradient, and that of
 * the scores. 24 · T² bytes a head are allocated.
 */
export function attentionBackwardNaive(
  { q, k, v, g }: AttentionBackwardInput,
  out: Float32Array,
  { H, T, D }: AttentionBackwardShape,
): void {
  const root = Math.sqrt(D);
  for (let h = 0; h < H; h++) {
    const at = (t: number, d: number) => (h * T + t) * D + d;
    const p = new Float64Array(T * T);
    for (let i = 0; i < T; i++) {
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j <= i; j++) {
        let score = 0;
        for (let d = 0; d < D; d++) score += q[at(i, d)]! * k[at(j, d)]!;
        p[i * T + j] = score / root;
        max = Math.max(max, score / root);
      }
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += Math.exp(p[i * T + j]! - max);
      for (let j = 0; j <= i; j++) p[i * T + j] = Math.exp(p[i * T + j]! - max) / sum;
    }
    const dp = new Float64Array(T * T);
    for (let i = 0; i < T; i++) {
      for (let j = 0; j <= i; j++) {
        for (let d = 0; d < D; d++) dp[i * T + j] = dp[i * T + j]! + g[at(i, d)]! * v[at(j, d)]!;
      }
    }
    const ds = new Float64Array(T * T);
    for (let i = 0; i < T; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += p[i * T + j]! * dp[i * T + j]!;
      for (let j = 0; j <= i; j++) ds[i * T + j] = (p[i * T + j]! * (dp[i * T + j]! - sum)) / root;
    }
    for (let t = 0; t < T; t++) {
      for (let d = 0; d < D; d++) {
        let dq = 0;
        let dk = 0;
        let dv = 0;
        for (let j = 0; j <= t; j++) dq += ds[t * T + j]! * k[at(j, d)]!;
        for (let i = t; i < T; i++) {
          dk += ds[i * T + t]! * q[at(i, d)]!;
          dv += p[i * T + t]! * g[at(i, d)]!;
        }
        out[at(t, d)] = dq;
        out[H * T * D + at(t, d)] = dk;
        out[2 * H * T * D + at(t, d)] = dv;
      }
    }
  }
}

export const naive = defineVariant<AttentionBackwardInput, AttentionBackwardShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formulas as written, with three matrices of T × T for each head: allocates 24 bytes a pair of tokens',
  prepare: (input, shape) =>
    jsVariant(3 * shape.H * shape.T * shape.D, (out) => attentionBackwardNaive(input, out, shape)),
});
