import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { type WasmCall, wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { FakeQuantShape } from './index.ts';

/** The call that both WASM variants make: fakeQuant(x, out, R, C, 2^(B − 1) − 1, thread, threads). */
function call({ R, C, B }: FakeQuantShape): WasmCall<Float32Array> {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'fakeQuant',
    layout(region: Region, input: Float32Array) {
      const x = region.f32(input);
      const out = region.f32(R * C);
      return { args: [x.ptr, out.ptr, R, C, 2 ** (B - 1) - 1], out };
    },
  };
}

export const simd = defineVariant<Float32Array, FakeQuantShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four elements an instruction, of which one rounds to even; the quotient stays a division, exact at the halves',
  prepare: (x, shape, host) => wasmVariant(host, call(shape), x),
});

export const simdThreads = defineVariant<Float32Array, FakeQuantShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory',
  prepare: (x, shape, host) => wasmThreadsVariant(host, call(shape), x),
});
