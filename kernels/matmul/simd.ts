import { defineVariant, type Variant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { type WasmCall, wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** Bytes of packing space that each thread needs: the module's export `WORK_BYTES`, known before it is compiled. */
export const WORK_BYTES = (96 * 384 + 16 + 384 * 1536 + 6 * 8) * 4;

/** The call matmul(a, b, c, M, N, K, work, thread, threads) of a module, with `workBytes` for each thread. */
export function matmulCall(
  url: URL,
  { M, N, K }: MatmulShape,
  threads: number,
  workBytes = WORK_BYTES,
): WasmCall<MatmulInput> {
  return {
    url,
    export: 'matmul',
    layout(region: Region, { a, b }: MatmulInput) {
      const out = region.f32(M * N);
      const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, M, N, K];
      return { args: [...args, region.u8(threads * workBytes).ptr], out };
    },
  };
}

const MODULE = new URL('./simd.wasm', import.meta.url);

export const simd: Variant<MatmulInput, MatmulShape> = defineVariant({
  name: 'simd',
  backend: 'wasm',
  idea: 'panels of a and b packed for cache, tiles of 6 × 8 sums in 12 vectors; up to 63 rows stream b unpacked',
  prepare: (input, shape, host) => wasmVariant(host, matmulCall(MODULE, shape, 1), input),
});

export const simdThreads: Variant<MatmulInput, MatmulShape> = defineVariant({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'a rectangle of c for each thread, which packs what it needs for itself: no thread waits for another',
  prepare: (input, shape, host) => wasmThreadsVariant(host, matmulCall(MODULE, shape, host.threads), input),
});
