import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import type { RowsShape } from '../lib/rows.ts';
import { type WasmCall, wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

/** The call name(x, w, b, out, R, C, epsilon, thread, threads). */
export function layernormCall(name: string, { R, C }: RowsShape): WasmCall<LayernormInput> {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: name,
    layout(region: Region, input: LayernormInput) {
      const x = region.f32(input.x);
      const w = region.f32(input.w);
      const b = region.f32(input.b);
      const out = region.f32(R * C);
      return { args: [x.ptr, w.ptr, b.ptr, out.ptr, R, C, EPSILON], out };
    },
  };
}

export const simd = defineVariant<LayernormInput, RowsShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'one pass for both sums, taken about the mean of the first 16 elements, and one that scales; where that is more than two deviations from the mean of the row, the passes of `simd-two-pass`',
  prepare: (input, shape, host) => wasmVariant(host, layernormCall('layernorm', shape), input),
});

export const simdThreads = defineVariant<LayernormInput, RowsShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory; a single row stays on one',
  prepare: (input, shape, host) => wasmThreadsVariant(host, layernormCall('layernorm', shape), input),
});
