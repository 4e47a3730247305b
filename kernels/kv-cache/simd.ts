import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { KvInput, KvShape } from './index.ts';

/** The call append…(k, v, out, T, G, D). */
function call({ T, G, D, layout }: KvShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: layout === 'token' ? 'appendTokens' : 'appendHeads',
    layout(region: Region, input: KvInput) {
      const k = region.f32(input.k);
      const v = region.f32(input.v);
      const out = region.f32(2 * T * G * D);
      return { args: [k.ptr, v.ptr, out.ptr, T, G, D], out };
    },
  };
}

export const simd = defineVariant<KvInput, KvShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the slab in WASM memory, where attention reads it: 32 bytes a step, nothing allocated',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});
