import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { AttentionBackwardInput, AttentionBackwardShape } from './index.ts';

/** The call that both WASM variants make: attentionBackward(q, k, v, g, out, row, H, T, D, thread, threads). */
const call = ({ H, T, D }: AttentionBackwardShape, threads: number) =>
  arraysCall<AttentionBackwardInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: 'attentionBackward',
    arrays: ({ q, k, v, g }) => [q, k, v, g],
    length: 3 * H * T * D,
    scratch: 2 * T * threads,
    numbers: () => [H, T, D],
  });

export const simd = defineVariant<AttentionBackwardInput, AttentionBackwardShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the loops of `rows` on four elements an instruction: two dot products a key, then its dk and dv; dq last, in registers while all keys go by',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<AttentionBackwardInput, AttentionBackwardShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the heads of `simd` shared among threads: no two write to one row',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
