import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { EmbeddingBackwardInput, EmbeddingBackwardShape } from './index.ts';

/** The call that both WASM variants make: embeddingBackward(ids, g, table, T, V, D, thread, threads). */
const call = ({ T, V, D }: EmbeddingBackwardShape) =>
  arraysCall<EmbeddingBackwardInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: 'embeddingBackward',
    arrays: ({ ids, g }) => [ids, g],
    length: V * D,
    numbers: () => [T, V, D],
  });

export const simd = defineVariant<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'memory.fill for the zeros, four additions an instruction',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<EmbeddingBackwardInput, EmbeddingBackwardShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'each thread has a range of the vocabulary, and passes over the tokens of other ranges: no two write to one row, and the sums are those of `simd`',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
