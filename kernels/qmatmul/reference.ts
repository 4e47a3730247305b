import { weightValue } from '../dequant/reference.ts';
import type { Reference } from '../kernel.ts';
import type { ProductInput, ProductShape } from '../lib/qproduct.ts';
import type { Rng } from '../lib/rng.ts';

/** More weights than this take too long to decode, and more products to sum: the reference is then a sample of rows. */
const WEIGHTS = 2e5;
const PRODUCTS = 2e7;

/**
 * y[m, n] = Σ_k x[m, k] · w[n, k] in float64, of all or a sample of the weight rows n.
 *
 * `scale` is Σ_k |w[n, k]| · (the largest |x| among the 32 that share a block with k): quantised activations are off by a fixed
 * part of it, whatever the weights are. To it comes what is lost where blocks of activations below 2^-100 count as 0, and
 * denormal products too.
 */
export function productReference(
  { x, blocks }: ProductInput,
  { M, N, K, quant }: ProductShape,
  rng: Rng,
): Reference {
  const count = Math.min(N, Math.max(8, Math.floor(Math.min(WEIGHTS / K, PRODUCTS / (M * K)))));
  // One of each of equal parts, the first and the last row among them.
  const rows = Array.from({ length: count }, (_, part) => {
    if (count === N || part === 0) return part;
    if (part === count - 1) return N - 1;
    const from = Math.floor((N * part) / count);
    return from + rng.integer(Math.floor((N * (part + 1)) / count) - from);
  });
  const largest = new Float64Array(M * K);
  for (let i = 0; i < M * K; i += 32) {
    let most = 0;
    for (let k = i; k < i + 32; k++) most = Math.max(most, Math.abs(x[k]!));
    largest.fill(most, i, i + 32);
  }

  const values = new Float64Array(M * count);
  const scale = new Float64Array(M * count);
  const indices = new Uint32Array(M * count);
  const w = new Float64Array(K);
  for (const [at, n] of rows.entries()) {
    for (let k = 0; k < K; k++) w[k] = weightValue(blocks, quant, n * K + k);
    for (let m = 0; m < M; m++) {
      let sum = 0;
      let magnitude = 0;
      let lost = 0;
      for (let k = 0; k < K; k++) {
        sum += w[k]! * x[m * K + k]!;
        magnitude += Math.abs(w[k]!) * largest[m * K + k]!;
        lost += Math.abs(w[k]!);
      }
      const i = m * count + at;
      values[i] = sum;
      scale[i] = magnitude + lost * 2 ** -70 + 2 ** -100;
      indices[i] = m * N + n;
    }
  }
  return count === N ? { values, scale } : { values, scale, indices };
}
