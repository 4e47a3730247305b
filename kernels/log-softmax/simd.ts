import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import type { RowsShape } from '../lib/rows.ts';
import { type WasmCall, wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

/** The call that both WASM variants make: logSoftmax(x, out, R, C, thread, threads). */
function call({ R, C }: RowsShape): WasmCall<Float32Array> {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'logSoftmax',
    layout(region: Region, input: Float32Array) {
      const x = region.f32(input);
      const out = region.f32(R * C);
      return { args: [x.ptr, out.ptr, R, C], out };
    },
  };
}

export const simd = defineVariant<Float32Array, RowsShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the exponentials of `softmax` are only summed, not stored; one logarithm a row, in float64',
  prepare: (x, shape, host) => wasmVariant(host, call(shape), x),
});

export const simdThreads = defineVariant<Float32Array, RowsShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory; a single row stays on one',
  prepare: (x, shape, host) => wasmThreadsVariant(host, call(shape), x),
});
