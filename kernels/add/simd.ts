import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type Pair, pairCall } from '../lib/pairs.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

const CALL = pairCall(new URL('./simd.wasm', import.meta.url), 'add');

export const simd = defineVariant<Pair, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four elements an instruction; memory is the limit, so that the gain is largest where the arrays are in cache',
  prepare: (input, _shape, host) => wasmVariant(host, CALL, input),
});

export const simdThreads = defineVariant<Pair, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the elements of `simd` shared among threads over one shared memory',
  prepare: (input, _shape, host) => wasmThreadsVariant(host, CALL, input),
});
