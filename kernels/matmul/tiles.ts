import { defineVariant } from '../kernel.ts';
import { wasmThreadsVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';
import { WORK_BYTES } from './simd.ts';

export const tilesThreads = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-tiles-threads',
  backend: 'wasm-threads',
  idea: 'rectangles of 48 × 128 that threads take from an atomic counter: one that is held up takes fewer; more is packed twice',
  prepare: (input, { M, N, K }, host) =>
    wasmThreadsVariant(
      host,
      {
        url: new URL('./tiles.wasm', import.meta.url),
        export: 'matmul',
        layout(region, { a, b }) {
          const out = region.f32(M * N);
          const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, M, N, K, region.i32(2).ptr];
          return { args: [...args, region.u8(host.threads * WORK_BYTES).ptr], out };
        },
      },
      input,
    ),
});
