import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

/** The call that both WASM variants make: matvec(w, x, y, R, C, thread, threads). */
function call({ R, C }: MatvecShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'matvec',
    layout(region: Region, { w, x }: MatvecInput) {
      const out = region.f32(R);
      return { args: [region.f32(w).ptr, region.f32(x).ptr, out.ptr, R, C], out };
    },
  };
}

export const simd = defineVariant<MatvecInput, MatvecShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four rows at once, a quarter of the matrix apart: four streams that never jump; four neighbouring rows read memory a third slower, since prefetchers lose them at each row',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<MatvecInput, MatvecShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads: two cores read memory faster than one',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
