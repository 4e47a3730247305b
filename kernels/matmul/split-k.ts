import { defineVariant } from '../kernel.ts';
import { wasmThreadsVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';
import { WORK_BYTES } from './simd.ts';

export const splitK = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-split-k-threads',
  backend: 'wasm-threads',
  idea: 'the depth shared among threads, each with sums of its own: for a c too small to share, at one more pass over it a thread',
  // Each thread has a whole c: of a large one the parts are gigabytes, and there is nothing to gain.
  unsupported: ({ M, N }, { threads }) =>
    M * N * threads > 2 ** 27 ? 'a c of its own for each thread takes more than 512 MiB' : undefined,
  prepare: (input, { M, N, K }, host) =>
    wasmThreadsVariant(
      host,
      {
        url: new URL('./split-k.wasm', import.meta.url),
        export: 'matmul',
        layout(region, { a, b }) {
          const out = region.f32(M * N);
          const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, M, N, K, region.i32(1).ptr];
          const parts = region.f32(host.threads * M * N);
          return { args: [...args, parts.ptr, region.u8(host.threads * WORK_BYTES).ptr], out };
        },
      },
      input,
    ),
});
