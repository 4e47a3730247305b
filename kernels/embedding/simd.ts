import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

export const simd = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'sixteen elements a step, with no call and no view for a row',
  prepare: (input, { T, D }, host) => {
    const layout = (region: Region, { table, ids }: EmbeddingInput) => {
      const w = region.f32(table);
      const i = region.i32(ids);
      const out = region.f32(T * D);
      return { args: [w.ptr, i.ptr, out.ptr, T, D], out };
    };
    return wasmVariant(
      host,
      { url: new URL('./simd.wasm', import.meta.url), export: 'gather', layout },
      input,
    );
  },
});
