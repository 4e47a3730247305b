import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseCall } from '../lib/elementwise.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

const CALL = elementwiseCall(new URL('./simd.wasm', import.meta.url), 'exp');

export const simd = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the polynomial on four elements an instruction; 2^n in two factors, so that denormals and the last 0.35 before overflow come out right',
  prepare: (x, _shape, host) => wasmVariant(host, CALL, x),
});

export const simdThreads = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the elements of `simd` shared among threads over one shared memory',
  prepare: (x, _shape, host) => wasmThreadsVariant(host, CALL, x),
});
