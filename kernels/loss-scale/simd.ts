import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { LR } from './half.ts';
import type { LossScaleInput } from './index.ts';

/** The calls that both WASM variants make: check, then step, (w, g, out, sums, N, rate, thread, threads). */
const call = ({ N }: ElementwiseShape, threads: number) =>
  arraysCall<LossScaleInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: ['check', 'step'],
    arrays: ({ w, g }) => [w, g],
    length: N,
    scratch: threads,
    numbers: ({ scale }) => [N, LR / scale],
  });

export const simd = defineVariant<LossScaleInput, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the sum of 0 · g of `blocked`, sixteen elements a turn; the gradients are read twice',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<LossScaleInput, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'each thread tests its share; when all are done each sees what the others found, and steps its share or not',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
