import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseCall } from '../lib/elementwise.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);

export const simd = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the rational function of `blocked` on four elements an instruction, with its constants in memory',
  prepare: (x, _shape, host) =>
    wasmVariant(host, elementwiseCall(MODULE, 'tanh', x), (next) => elementwiseCall(MODULE, 'tanh', next)),
});

export const simdThreads = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the elements of `simd` shared among threads over one shared memory',
  prepare: (x, _shape, host) =>
    wasmThreadsVariant(host, elementwiseCall(MODULE, 'tanh', x), (next) =>
      elementwiseCall(MODULE, 'tanh', next),
    ),
});
