import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseCall } from '../lib/elementwise.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

const CALL = elementwiseCall(new URL('./simd.wasm', import.meta.url), 'relu');

export const simd = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four elements an instruction: a comparison and a mask, which NaN and −0 pass as they should',
  prepare: (x, _shape, host) => wasmVariant(host, CALL, x),
});

export const simdThreads = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the elements of `simd` shared among threads over one shared memory',
  prepare: (x, _shape, host) => wasmThreadsVariant(host, CALL, x),
});
