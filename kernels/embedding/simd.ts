import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

/** The call that both WASM variants make: gather(table, ids, out, T, D, thread, threads). */
function call({ T, D }: EmbeddingShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'gather',
    layout(region: Region, { table, ids }: EmbeddingInput) {
      const w = region.f32(table);
      const i = region.i32(ids);
      const out = region.f32(T * D);
      return { args: [w.ptr, i.ptr, out.ptr, T, D], out };
    },
  };
}

export const simd = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'sixteen elements a step, with no call and no view for a row',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
