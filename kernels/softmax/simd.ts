import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { SoftmaxShape } from './index.ts';

/** The call that both WASM variants make: softmax(x, out, R, C, thread, threads). */
function call({ R, C }: SoftmaxShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'softmax',
    layout(region: Region, input: Float32Array) {
      const x = region.f32(input);
      const out = region.f32(R * C);
      return { args: [x.ptr, out.ptr, R, C], out };
    },
  };
}

export const simd = defineVariant<Float32Array, SoftmaxShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four elements an instruction, a degree-6 polynomial for the exponential with its constants in memory',
  prepare: (x, shape, host) => wasmVariant(host, call(shape), x),
});

export const simdThreads = defineVariant<Float32Array, SoftmaxShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory',
  prepare: (x, shape, host) => wasmThreadsVariant(host, call(shape), x),
});
