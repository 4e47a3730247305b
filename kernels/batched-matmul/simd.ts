import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { WORK_BYTES } from '../matmul/simd.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

/** The call that both WASM variants make: batchedMatmul(a, b, c, B, M, N, K, work, thread, threads). */
function call({ B, M, N, K }: BatchedShape, threads: number) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'batchedMatmul',
    layout(region: Region, { a, b }: BatchedInput) {
      const out = region.f32(B * M * N);
      const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, B, M, N, K];
      return { args: [...args, region.u8(threads * WORK_BYTES).ptr], out };
    },
  };
}

export const simd = defineVariant<BatchedInput, BatchedShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'product by product: up to a few rows stream b, more are tiles of 6 × 8 sums over packed panels',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<BatchedInput, BatchedShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the products of `simd` shared among threads; of fewer products than threads each is cut by its rows',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
