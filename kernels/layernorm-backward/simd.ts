import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { EPSILON } from './constants.ts';
import type { LayernormBackwardInput, LayernormBackwardShape } from './index.ts';

/** The calls that both WASM variants make: rows, then columns, (x, w, g, out, partial, R, C, epsilon, thread, threads). */
const call = ({ R, C }: LayernormBackwardShape, threads: number) =>
  arraysCall<LayernormBackwardInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: ['rows', 'columns'],
    arrays: ({ x, w, g }) => [x, w, g],
    length: R * C + 2 * C,
    scratch: threads * 2 * C,
    numbers: () => [R, C, EPSILON],
  });

export const simd = defineVariant<LayernormBackwardInput, LayernormBackwardShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'three passes over a row in L1, four elements an instruction; dw grows row by row in L1 too',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<LayernormBackwardInput, LayernormBackwardShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads, each with sums of its own over its rows, which a second step adds up',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
