import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/** The call that both WASM variants make: rmsnorm(x, w, out, R, C, epsilon, thread, threads). */
function call({ R, C }: RmsnormShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'rmsnorm',
    layout(region: Region, input: RmsnormInput) {
      const x = region.f32(input.x);
      const w = region.f32(input.w);
      const out = region.f32(R * C);
      return { args: [x.ptr, w.ptr, out.ptr, R, C, EPSILON], out };
    },
  };
}

export const simd = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'squares summed in 32 float32 lanes; only a row whose sum overflows is done again in float64',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory; a single row stays on one',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
