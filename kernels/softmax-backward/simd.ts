import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';

/** The call that both WASM variants make: softmaxBackward(y, g, dx, R, C, thread, threads). */
const call = ({ R, C }: SoftmaxBackwardShape) =>
  arraysCall<SoftmaxBackwardInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: 'softmaxBackward',
    arrays: ({ y, g }) => [y, g],
    length: R * C,
    numbers: () => [R, C],
  });

export const simd = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four elements an instruction and four sums; the row comes from L1 the second time',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory; a single row stays on one',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
