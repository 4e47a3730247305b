/** The products of the reference. A prompt of 512 tokens through 135 million weights is 54 billion multiply-adds in float64. */
import type { Host } from '../../kernels/kernel.ts';
import { compile, instantiate } from '../../kernels/lib/wasm.ts';

/** y[T,N] = x[T,K] · w[N,K]ᵀ. */
export type Product = (x: Float64Array, w: Float32Array, T: number, N: number, K: number) => Float64Array;

export const plainProduct: Product = (x, w, T, N, K) => {
  const y = new Float64Array(T * N);
  for (let t = 0; t < T; t++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += w[n * K + k]! * x[t * K + k]!;
      y[t * N + n] = sum;
    }
  }
  return y;
};

/** Floats of weights that are multiplied at a time: within a second-level cache. */
const PIECE = 64 << 10;
/** Tokens of a tile. Fewer are not worth the copies. */
const TILE = 4;
const PAGE = 64 << 10;

/** The same by a loop in WASM, from the fourth token on, in a memory that grows to what it is given. */
export async function fastProduct(host: Host): Promise<Product> {
  const module = await compile(host, new URL('./product.wasm', import.meta.url), false);
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { product } = await instantiate(module, memory);
  return (x, w, T, N, K) => {
    if (T < TILE || K % 2 > 0) return plainProduct(x, w, T, N, K);
    const padded = Math.ceil(T / TILE) * TILE;
    const rows = 2 * Math.max(1, Math.floor(PIECE / K / 2));
    const atW = PAGE;
    const atX = atW + 4 * rows * K;
    const atY = atX + 8 * padded * K;
    const missing = atY + 8 * padded * rows - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const piece = new Float32Array(memory.buffer, atW, rows * K);
    const wide = new Float64Array(memory.buffer, atX, padded * K);
    const sums = new Float64Array(memory.buffer, atY, padded * rows);
    wide.fill(0).set(x.subarray(0, T * K));
    const y = new Float64Array(T * N);
    for (let n = 0; n < N; n += rows) {
      const count = Math.min(rows, N - n);
      const even = count + (count % 2);
      piece.fill(0, count * K, even * K).set(w.subarray(n * K, (n + count) * K));
      product!(atX, atW, atY, padded, even, K);
      for (let t = 0; t < T; t++) y.set(sums.subarray(t * even, t * even + count), t * N + n);
    }
    return y;
  };
}
