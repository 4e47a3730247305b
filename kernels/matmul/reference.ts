import type { Reference } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** More multiply-adds than this take too long: the reference is then a sample. */
const WHOLE = 5e7;
/** Rows, and columns, of a sample. */
const LINES = 16;

/**
 * c[i, j] = Σ_k a[i, k] · b[k, j] in float64. Of a large output only some whole rows and some whole columns, so that each
 * row and each column of c is met. `scale` is √K · Σ_k |a · b|, by which rounding errors of a sum grow, plus what is lost
 * where denormal factors and products count as 0 (which WGSL allows): 2^-126 for each product, |a| and |b|.
 * @param tolerance bound of the check, which the underflow must not be scaled by
 */
export function matmulReference(
  { a, b }: MatmulInput,
  { M, N, K }: MatmulShape,
  rng: Rng,
  tolerance: number,
): Reference {
  const whole = M * N * K <= WHOLE;
  const rows = whole ? upTo(M) : sample(M, rng);
  const columns = whole ? [] : sample(N, rng);
  const length = rows.length * N + columns.length * M;
  const values = new Float64Array(length);
  const scale = new Float64Array(length);
  const indices = new Uint32Array(length);

  let at = 0;
  for (const i of rows) {
    for (let k = 0; k < K; k++) {
      const v = a[i * K + k]!;
      for (let j = 0; j < N; j++) {
        const product = v * b[k * N + j]!;
        values[at + j]! += product;
        scale[at + j]! += Math.abs(product);
      }
    }
    for (let j = 0; j < N; j++) indices[at++] = i * N + j;
  }
  for (const j of columns) {
    const column = Float64Array.from({ length: K }, (_, k) => b[k * N + j]!);
    for (let i = 0; i < M; i++) {
      let sum = 0;
      let magnitude = 0;
      for (let k = 0; k < K; k++) {
        const product = a[i * K + k]! * column[k]!;
        sum += product;
        magnitude += Math.abs(product);
      }
      values[at] = sum;
      scale[at] = magnitude;
      indices[at++] = i * N + j;
    }
  }

  const aSums = new Float64Array(M);
  for (let i = 0; i < M; i++) for (let k = 0; k < K; k++) aSums[i]! += Math.abs(a[i * K + k]!);
  const bSums = new Float64Array(N);
  for (let k = 0; k < K; k++) for (let j = 0; j < N; j++) bSums[j]! += Math.abs(b[k * N + j]!);
  for (let n = 0; n < length; n++) {
    const index = indices[n]!;
    const lost = 2 ** -126 * (K + aSums[Math.floor(index / N)]! + bSums[index % N]!);
    scale[n] = Math.sqrt(K) * scale[n]! + lost / tolerance;
  }
  return whole ? { values, scale } : { values, scale, indices };
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** A random one of each of LINES equal parts of 0 … n − 1; of few, at most a quarter. */
function sample(n: number, rng: Rng): number[] {
  const count = Math.min(LINES, Math.ceil(n / 4));
  return upTo(count).map((part) => {
    const from = Math.floor((n * part) / count);
    return from + rng.integer(Math.floor((n * (part + 1)) / count) - from);
  });
}
