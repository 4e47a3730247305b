import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

/** The call that both WASM variants make: crossEntropy(x, target, out, R, C, thread, threads). */
const call = ({ R, C }: CrossEntropyShape) =>
  arraysCall<CrossEntropyInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: 'crossEntropy',
    arrays: ({ x, target }) => [x, target],
    length: R + R * C,
    numbers: () => [R, C],
  });

export const simd = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the three passes of `blocked` on four elements an instruction, with a polynomial for the exponential',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of `simd` shared among threads over one shared memory; a single row stays on one',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
