import type { Reference } from '../kernel.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

/**
 * c[p, i, j] = Σ_k a[p, i, k] · b[p, k, j] in float64. `scale` is √K · Σ_k |a · b|, by which rounding errors of a sum grow, plus what
 * is lost where denormal factors and products count as 0 (which WGSL allows): 2^-126 for each product, |a| and |b|.
 * @param tolerance bound of the check, which the underflow must not be scaled by
 */
export function batchedReference(
  { a, b }: BatchedInput,
  { B, M, N, K }: BatchedShape,
  tolerance: number,
): Reference {
  const values = new Float64Array(B * M * N);
  const scale = new Float64Array(B * M * N);
  let at = 0;
  for (let p = 0; p < B; p++) {
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++) {
        let magnitude = 0;
        let factors = 0;
        for (let k = 0; k < K; k++) {
          const x = a[(p * M + i) * K + k]!;
          const y = b[(p * K + k) * N + j]!;
          values[at]! += x * y;
          magnitude += Math.abs(x * y);
          factors += Math.abs(x) + Math.abs(y);
        }
        scale[at] = Math.sqrt(K) * magnitude + (2 ** -126 * (K + factors)) / tolerance;
        at++;
      }
    }
  }
  return { values, scale };
}
