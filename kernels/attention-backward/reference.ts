import type { Reference } from '../kernel.ts';
import type { AttentionBackwardInput, AttentionBackwardShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 1e-6;

/**
 * The formulas in float64, a query at a time. `scale` sums the magnitudes of what is added: of ds, p (|g vᵀ| + Σ p |g vᵀ|) · (1 + score
 * magnitude), since a probability carries the error of its score.
 */
export function attentionBackwardReference(
  { q, k, v, g }: AttentionBackwardInput,
  { H, T, D }: AttentionBackwardShape,
): Reference {
  const size = H * T * D;
  const values = new Float64Array(3 * size);
  const scale = new Float64Array(3 * size).fill(2 ** -118 / BOUND);
  const root = Math.sqrt(D);
  for (let h = 0; h < H; h++) {
    for (let i = 0; i < T; i++) {
      const query = (h * T + i) * D;
      const keys = Array.from({ length: i + 1 }, (_, j) => (h * T + j) * D);
      const dot = (a: Float32Array, at: number, b: Float32Array, from: number): [number, number] => {
        let sum = 0;
        let magnitude = 0;
        for (let d = 0; d < D; d++) {
          const product = a[at + d]! * b[from + d]!;
          sum += product;
          magnitude += Math.abs(product);
        }
        return [sum, magnitude];
      };
      const scores = keys.map((key) => dot(q, query, k, key).map((s) => s / root) as [number, number]);
      const max = Math.max(...scores.map(([s]) => s));
      const weights = scores.map(([s]) => Math.exp(s - max));
      const total = weights.reduce((a, b) => a + b, 0);
      const p = weights.map((e) => e / total);
      const slack = 1 + Math.max(...scores.map(([, magnitude]) => magnitude)) / 2;
      const dp = keys.map((key) => dot(g, query, v, key));
      const mean = dp.reduce((sum, [s], j) => sum + p[j]! * s, 0);
      const meanMagnitude = dp.reduce((sum, [, m], j) => sum + p[j]! * m, 0);
      keys.forEach((key, j) => {
        const ds = (p[j]! * (dp[j]![0] - mean)) / root;
        const dsMagnitude = (slack * (p[j]! * (dp[j]![1] + meanMagnitude) + 2 ** -118)) / root;
        for (let d = 0; d < D; d++) {
          values[query + d]! += ds * k[key + d]!;
          values[size + key + d]! += ds * q[query + d]!;
          values[2 * size + key + d]! += p[j]! * g[query + d]!;
          scale[query + d]! += dsMagnitude * Math.abs(k[key + d]!);
          scale[size + key + d]! += dsMagnitude * Math.abs(q[query + d]!);
          scale[2 * size + key + d]! += slack * (p[j]! + 2 ** -118) * Math.abs(g[query + d]!);
        }
      });
    }
  }
  return { values, scale };
}
